/* Frozen modules: names, sizes, and a hash of their code, names and texts. A symbol belongs to the module whose name
 * follows "fun_data_", "const_obj_" …; of "frozen" and "frozen_const" to the longest that fits. */
#include <errno.h>
#include <sha256.h>
#include <string.h>

#include "elf/frozen.h"
#include "slice.h"

enum { HASHED_TIMES_MAX = 4 }; /* hashed bytes, in sizes of the ELF; of micropython-rp2: 0.01 */

struct module {
	struct image_frozen *to; /* set once all are added: they move until then */
	SHA256_CTX hash;
	bool has_code, incomplete; /* incomplete: some of it is not in the file */
};

struct modules {
	struct image *image;
	const struct frozen_source *source;
	struct names mangled;        /* numbers are those of modules */
	VEC(struct module, modules); /* of bytecode */
	uint64_t remaining_bytes;    /* to hash: symbols of a hostile ELF all have the same bytes */
	size_t first_frozen;         /* module i is image->frozen[first_frozen + i] */
};

/* ---- names ---- */

static uint64_t address_of(const struct frozen_source *source, const char *name)
{
	const struct frozen_symbol *s = frozen_find_symbol(source, name);

	return s && s->elf ? s->address : NOT_KNOWN;
}

size_t image_frozen_mangle(char *ret, const char *name, size_t n_bytes)
{
	if (n_bytes > 3 && memcmp(name + n_bytes - 3, ".py", 3) == 0)
		n_bytes -= 3;
	for (size_t i = 0; i < n_bytes; i++) {
		char c = name[i];
		bool of_c = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		ret[i] = of_c ? c : '_';
	}
	return n_bytes;
}

static struct image_frozen *add_frozen(struct image *image, const char *name, size_t n_bytes)
{
	struct image_frozen *to = vec_add(image, frozen);

	if (to)
		to->name = arena_text(&image->arena, name, n_bytes);
	return to;
}

/* Of two files with the same mangled name the first gets the symbols. */
static int add_module(struct modules *m, const char *name, size_t n_bytes)
{
	char mangled[FROZEN_NAME_MAX_BYTES];
	size_t n_mangled = image_frozen_mangle(mangled, name, MIN(n_bytes, sizeof(mangled)));
	uint32_t number = names_add(&m->mangled, mangled, n_mangled);

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number < m->n_modules)
		return 0;
	struct module *module = vec_add(m, modules);
	if (!module || !add_frozen(m->image, name, n_bytes))
		return -ENOMEM;
	SHA256Init(&module->hash);
	return 0;
}

/* ---- sources ---- */

static int add_source(struct modules *m, const char *name, size_t n_bytes, uint64_t text_at, uint64_t size_bytes)
{
	struct image_frozen *to = add_frozen(m->image, name, n_bytes);
	const char *text = elf_content(m->source->elf, text_at, size_bytes);

	if (!to)
		return -ENOMEM;
	to->source = true;
	to->size_bytes = size_bytes;
	if (text) {
		SHA256_CTX hash;
		SHA256Init(&hash);
		SHA256Update(&hash, (const uint8_t *)text, (size_t)size_bytes);
		SHA256Final(to->sha256, &hash);
		to->hashed = true;
	}
	return 0;
}

/* ---- tables of names, in an ELF ---- */

struct name_table {
	const char *at, *end;
};

static struct name_table open_names(const struct frozen_source *source, const char *symbol)
{
	const struct frozen_symbol *s = frozen_find_symbol(source, symbol);
	const char *bytes = s && s->elf ? elf_content_of_symbol(source->elf, s->elf) : NULL;

	return (struct name_table){ bytes, bytes ? bytes + s->elf->size_bytes : NULL };
}

/* An empty name ends it. */
static bool next_name(struct name_table *t, struct image_slice *ret)
{
	const char *nul = t->at < t->end ? memchr(t->at, '\0', (size_t)(t->end - t->at)) : NULL;

	if (!nul || nul == t->at || nul - t->at > FROZEN_NAME_MAX_BYTES)
		return false;
	*ret = (struct image_slice){ t->at, (uint32_t)(nul - t->at) };
	t->at = nul + 1;
	return true;
}

static int read_names(struct modules *m, const char *symbol, bool sources, bool bytecode)
{
	struct name_table names = open_names(m->source, symbol);
	uint64_t sizes_at = address_of(m->source, "mp_frozen_str_sizes");
	uint64_t text_at = address_of(m->source, "mp_frozen_str_content");
	struct image_slice name;
	uint64_t size_bytes;
	int r = 0;

	sources = sources && sizes_at != NOT_KNOWN && text_at != NOT_KNOWN;
	for (size_t n = 0; r == 0 && n < FROZEN_MODULES_MAX && next_name(&names, &name); n++) {
		if (sources && elf_number(m->source->elf, sizes_at + 4 * n, 4, &size_bytes) && size_bytes) {
			r = add_source(m, name.text, name.n_bytes, text_at, size_bytes);
			text_at += size_bytes + 1;
			m->first_frozen = m->image->n_frozen;
			continue;
		}
		sources = false;
		if (bytecode)
			r = add_module(m, name.text, name.n_bytes);
	}
	return r;
}

/* Before 1.19 sources and bytecode had separate tables. None of the samples is that old. */
static int read_tables(struct modules *m)
{
	int r = read_names(m, "mp_frozen_names", true, true);

	if (r == 0 && !m->image->n_frozen)
		r = read_names(m, "mp_frozen_str_names", true, false);
	if (r == 0 && !m->n_modules)
		r = read_names(m, "mp_frozen_mpy_names", false, true);
	return r;
}

/* A map has only the mangled names. */
static int add_mangled_names(struct modules *m)
{
	static const struct image_slice prefix = SLICE("frozen_module_");
	int r = 0;

	for (size_t i = 0; i < m->source->n_symbols && r == 0 && m->n_modules < FROZEN_MODULES_MAX; i++) {
		struct image_slice name = m->source->symbols[i].name;
		if (name.n_bytes > prefix.n_bytes && memcmp(name.text, prefix.text, prefix.n_bytes) == 0)
			r = add_module(m, name.text + prefix.n_bytes, name.n_bytes - prefix.n_bytes);
	}
	return r;
}

/* ---- the module of a symbol ---- */

static uint32_t longest_module(const struct modules *m, const char *rest, size_t n_bytes)
{
	for (size_t n = n_bytes; n > 0; n--) {
		if (n < n_bytes && rest[n] != '_')
			continue;
		uint32_t number = names_find(&m->mangled, rest, n);
		if (number != NAMES_NONE)
			return number;
	}
	return NAMES_NONE;
}

static uint32_t module_of(const struct modules *m, struct image_slice name)
{
	static const struct image_slice prefixes[] = {
		/* of two that match the longer comes first */
		SLICE("frozen_module_"),
		SLICE("const_qstr_table_data_"),
		SLICE("const_obj_table_data_"),
		SLICE("const_table_data_"),
		SLICE("const_obj_"),
		SLICE("const_qstr_table_"),
		SLICE("fun_data_"),
		SLICE("children_"),
		SLICE("proto_fun_"),
		SLICE("raw_code_"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		uint32_t n = prefixes[i].n_bytes;
		if (name.n_bytes > n && memcmp(name.text, prefixes[i].text, n) == 0)
			return longest_module(m, name.text + n, name.n_bytes - n);
	}
	return NAMES_NONE;
}

/* ---- hashes: of what does not change from link to link ---- */

/* The text of a constant, with its NUL: mp_obj_str_t is { type, hash, length, text }. False: not a text. */
static bool constant_text(const struct frozen_source *source, const struct frozen_symbol *s, struct image_slice *ret)
{
	unsigned word_bytes = source->elf->image->address_bits / 8;
	uint64_t type, n_bytes, text_at;

	if (s->elf->size_bytes < 4 * word_bytes || !elf_pointer(source->elf, s->address, &type) ||
	    (type != address_of(source, "mp_type_str") && type != address_of(source, "mp_type_bytes")) ||
	    !elf_number(source->elf, s->address + 2 * word_bytes, word_bytes, &n_bytes) ||
	    !elf_pointer(source->elf, s->address + 3 * word_bytes, &text_at) || n_bytes >= source->elf->n_bytes ||
	    n_bytes >= UINT32_MAX)
		return false;
	*ret = (struct image_slice){ elf_content(source->elf, text_at, n_bytes + 1), (uint32_t)n_bytes + 1 };
	return ret->text;
}

/* A module with more bytes than may be hashed has no hash. */
static void hash_text(struct modules *m, struct module *module, struct image_slice text)
{
	if (text.n_bytes > m->remaining_bytes) {
		m->remaining_bytes = 0;
		module->incomplete = true;
		return;
	}
	m->remaining_bytes -= text.n_bytes;
	SHA256Update(&module->hash, (const uint8_t *)text.text, text.n_bytes);
}

/* The table has numbers, which change when strings are added elsewhere: the texts are hashed. */
static void hash_names(struct modules *m, struct module *module, const struct frozen_symbol *s)
{
	const struct frozen_source *source = m->source;
	struct image_slice name;
	uint64_t number;

	for (uint64_t at = 0; at + 2 <= s->elf->size_bytes && !module->incomplete; at += 2) {
		if (!elf_number(source->elf, s->address + at, 2, &number) || !frozen_qstr_text(source, number, &name))
			continue;
		hash_text(m, module, name);
		hash_text(m, module, (struct image_slice){ "", 1 });
	}
}

static void hash_symbol(struct modules *m, struct module *module, const struct frozen_symbol *s)
{
	const struct frozen_source *source = m->source;
	const char *bytes = elf_content_of_symbol(source->elf, s->elf);
	struct image_slice text;

	if (slice_starts(s->name, "fun_data_")) {
		module->has_code = true;
		module->incomplete |= !bytes;
		if (bytes)
			hash_text(m, module,
				  (struct image_slice){ bytes, (uint32_t)MIN(s->elf->size_bytes, UINT32_MAX) });
	} else if (slice_starts(s->name, "const_qstr_table_data_")) {
		hash_names(m, module, s);
	} else if (slice_starts(s->name, "const_obj_") && constant_text(source, s, &text)) {
		hash_text(m, module, text);
		module->to->strings_bytes += text.n_bytes;
	}
}

static void count_symbol(struct modules *m, const struct frozen_symbol *s)
{
	uint32_t number = module_of(m, s->name);

	if (number == NAMES_NONE)
		return;
	m->modules[number].to->size_bytes += s->size_bytes;
	if (s->elf)
		hash_symbol(m, &m->modules[number], s);
}

/* In the order of the symbols' names, which does not depend on the link. */
static void count_symbols(struct modules *m)
{
	for (size_t i = 0; i < m->n_modules; i++)
		m->modules[i].to = &m->image->frozen[m->first_frozen + i];
	for (size_t i = 0; i < m->source->n_symbols; i++)
		count_symbol(m, &m->source->symbols[i]);
	for (size_t i = 0; i < m->n_modules; i++) {
		struct module *module = &m->modules[i];
		module->to->hashed = module->has_code && !module->incomplete;
		if (module->to->hashed)
			SHA256Final(module->to->sha256, &module->hash);
	}
}

int frozen_add_modules(struct image *image, const struct frozen_source *source)
{
	struct modules m = { .image = image, .source = source, .mangled.arena = &image->arena };
	if (source->elf)
		m.remaining_bytes = (uint64_t)HASHED_TIMES_MAX * source->elf->n_bytes;
	int r = source->elf ? read_tables(&m) : add_mangled_names(&m);

	if (r == 0 && m.n_modules)
		count_symbols(&m);
	if (r == 0 && m.n_modules && source->elf)
		r = frozen_walk(source, &image->frozen[m.first_frozen], m.n_modules);
	names_deinit(&m.mangled);
	vec_deinit(&m, modules);
	return r < 0 ? r : arena_error(&image->arena);
}
