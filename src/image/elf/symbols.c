/* Symbols of an ELF. Every byte of a section counts once: of aliases for the most visible name, of overlapping symbols
 * for the inner one. Nothing counts outside its section. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/private.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "slice.h"
#include "sort.h"

enum { NAME_MAX_BYTES = 65535 }; /* longer ones are cut */

/* ---- reading ---- */

static struct image_slice name_at(const char *strings, size_t n_bytes, uint64_t offset)
{
	static const struct image_slice none = { "", 0 };

	if (offset >= n_bytes)
		return none;
	const char *text = strings + offset;
	size_t n_max = MIN(n_bytes - (size_t)offset, (size_t)NAME_MAX_BYTES);
	const char *end = memchr(text, '\0', n_max);
	return (struct image_slice){ text, (uint32_t)(end ? (size_t)(end - text) : n_max) };
}

/* "$t", "$d.12", "$xrv32i2p1_m2p0": mapping symbols, for disassemblers. ".L0 " and "L0^A": labels that assemblers for
 * RISC-V keep. */
static bool is_label(const GElf_Sym *s, struct image_slice name)
{
	const char *text = name.text;

	if (slice_starts(name, "$C$")) /* of TI's compiler, though they say to be functions */
		return GELF_ST_BIND(s->st_info) == STB_LOCAL;
	if (GELF_ST_BIND(s->st_info) != STB_LOCAL || GELF_ST_TYPE(s->st_info) != STT_NOTYPE)
		return false;
	if (name.n_bytes >= 2 && text[0] == '$')
		return strchr("atdx", text[1]) && (name.n_bytes == 2 || text[2] == '.' || text[1] == 'x');
	return (name.n_bytes >= 2 && text[0] == '.' && text[1] == 'L') || memchr(text, '\001', name.n_bytes);
}

struct symbol_table {
	Elf_Data *symbols, *sections; /* .symtab, .symtab_shndx or NULL */
	const char *strings;
	size_t n_strings_bytes;
	uint32_t object; /* of the last FILE symbol */
};

static int add_value(struct elf_file *f, const GElf_Sym *s, struct image_slice name)
{
	bool labels = GELF_ST_TYPE(s->st_info) == STT_NOTYPE && GELF_ST_BIND(s->st_info) != STB_LOCAL;

	return s->st_shndx == SHN_ABS || labels ? image_add_value(f->image, name, s->st_value) : 0;
}

static int add_symbol(struct elf_file *f, const struct symbol_table *t, const GElf_Sym *s, uint32_t i_section,
		      struct image_slice name)
{
	unsigned type = GELF_ST_TYPE(s->st_info);

	if (i_section >= f->n_sections || !f->sections[i_section].listed)
		return 0;
	const GElf_Shdr *h = &f->sections[i_section].header;
	uint64_t address = s->st_value;
	if (f->header.e_machine == EM_ARM && (type == STT_FUNC || type == STT_GNU_IFUNC))
		address &= ~UINT64_C(1);
	if (type == STT_TLS)
		address += f->tls_vma;
	if (address < h->sh_addr || address - h->sh_addr > h->sh_size)
		return 0;
	struct elf_symbol symbol = {
		.name = name,
		.address = address,
		.size_bytes = MIN(s->st_size, h->sh_addr + h->sh_size - address),
		.section = i_section,
		.type = (uint8_t)type,
		.binding = (uint8_t)GELF_ST_BIND(s->st_info),
		.object = GELF_ST_BIND(s->st_info) == STB_LOCAL ? t->object : IMAGE_NONE,
	};
	return vec_push(f, symbols, symbol);
}

static int read_symbol(struct elf_file *f, struct symbol_table *t, int i)
{
	GElf_Sym s;
	Elf32_Word extended = 0;

	if (!gelf_getsymshndx(t->symbols, t->sections, i, &s, &extended))
		return 0;
	unsigned type = GELF_ST_TYPE(s.st_info);
	struct image_slice name = name_at(t->strings, t->n_strings_bytes, s.st_name);
	if (type == STT_FILE) {
		t->object = name.n_bytes ? image_object(f->image, name.text, name.n_bytes) : IMAGE_NONE;
		return name.n_bytes && t->object == IMAGE_NONE ? -ENOMEM : 0;
	}
	if (s.st_shndx == SHN_UNDEF || type == STT_SECTION || !name.n_bytes || is_label(&s, name))
		return 0;
	int r = add_value(f, &s, name);
	if (r < 0 || (s.st_shndx >= SHN_LORESERVE && s.st_shndx != SHN_XINDEX))
		return r;
	return add_symbol(f, t, &s, s.st_shndx == SHN_XINDEX ? extended : s.st_shndx, name);
}

static size_t find_table(const struct elf_file *f, uint32_t type, size_t link)
{
	for (size_t i = 1; i < f->n_sections; i++)
		if (f->sections[i].header.sh_type == type && (!link || f->sections[i].header.sh_link == link))
			return i;
	return 0;
}

static Elf_Data *data_of(const struct elf_file *f, size_t i_section)
{
	Elf_Data *data = i_section ? elf_getdata(elf_getscn(f->elf, i_section), NULL) : NULL;

	return data && data->d_buf ? data : NULL;
}

/* ---- order ---- */

static unsigned visibility(const struct elf_symbol *s)
{
	return s->binding == STB_LOCAL ? 0 : s->binding == STB_WEAK ? 1 : 2;
}

/* Of one address the best comes last: with a size, then the most visible, then the longest, then the first by name. */
static int by_preference(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (!x->size_bytes != !y->size_bytes)
		return x->size_bytes ? 1 : -1;
	if (visibility(x) != visibility(y))
		return visibility(x) < visibility(y) ? -1 : 1;
	if (x->size_bytes != y->size_bytes)
		return x->size_bytes < y->size_bytes ? -1 : 1;
	return slice_compare(y->name, x->name);
}

static void sort_aliases(struct elf_symbol *symbols, size_t n_symbols)
{
	for (size_t i = 0, next; i < n_symbols; i = next) {
		const struct elf_symbol *s = &symbols[i];
		for (next = i + 1;
		     next < n_symbols && symbols[next].address == s->address && symbols[next].section == s->section;)
			next++;
		if (next - i > 1)
			qsort(&symbols[i], next - i, sizeof(*symbols), by_preference);
	}
}

static uint64_t address_of(const void *item) { return ((const struct elf_symbol *)item)->address; }

static uint64_t section_of(const void *item) { return ((const struct elf_symbol *)item)->section; }

/* By section, of one section by address. */
static int sort_symbols(struct elf_file *f)
{
	int r = image_sort(f->symbols, f->n_symbols, sizeof(*f->symbols), address_of);

	if (r == 0)
		r = image_sort(f->symbols, f->n_symbols, sizeof(*f->symbols), section_of);
	if (r == 0)
		sort_aliases(f->symbols, f->n_symbols);
	return r;
}

/* Where offsets of TLS symbols count from. A script's own PHDRS may leave out the segment. */
static uint64_t first_tls_section(const struct elf_file *f)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 1; i < f->n_sections; i++)
		if (f->sections[i].header.sh_flags & SHF_TLS)
			first = MIN(first, (uint64_t)f->sections[i].header.sh_addr);
	return first == UINT64_MAX ? 0 : first;
}

int elf_symbols_read(struct elf_file *f)
{
	struct symbol_table t = { .object = IMAGE_NONE };

	if (!f->tls_vma)
		f->tls_vma = first_tls_section(f);
	size_t i_table = find_table(f, SHT_SYMTAB, 0);
	int r = 0;

	if (!i_table)
		i_table = find_table(f, SHT_DYNSYM, 0);
	t.symbols = data_of(f, i_table);
	if (!t.symbols) {
		image_note(f->image, "this ELF has no symbols: it is stripped");
		return 0;
	}
	const GElf_Shdr *h = &f->sections[i_table].header;
	size_t i_strings = h->sh_link;
	if (h->sh_entsize != gelf_fsize(f->elf, ELF_T_SYM, 1, EV_CURRENT) || i_strings >= f->n_sections ||
	    f->sections[i_strings].header.sh_type != SHT_STRTAB)
		return elf_refuse(f, -EINVAL,
				  "the symbol table (section %zu) is damaged: its entry size or its string table"
				  " is wrong",
				  i_table);
	t.strings = f->bytes + f->sections[i_strings].header.sh_offset;
	t.n_strings_bytes = (size_t)f->sections[i_strings].header.sh_size;
	t.sections = data_of(f, find_table(f, SHT_SYMTAB_SHNDX, i_table));
	uint64_t n = h->sh_size / h->sh_entsize;
	for (uint64_t i = 1; i < MIN(n, (uint64_t)INT32_MAX) && r == 0; i++)
		r = read_symbol(f, &t, (int)i);
	if (r == 0)
		r = sort_symbols(f);
	return r;
}

/* ---- sizes ---- */

/* The symbols of one section, by address. */
struct section_symbols {
	struct elf_symbol *first, *end;
	uint64_t section_end;
};

static struct section_symbols symbols_of(const struct elf_file *f, uint32_t i_section)
{
	const GElf_Shdr *h = &f->sections[i_section].header;
	size_t low = search_while(f->n_symbols, i, f->symbols[i].section < i_section), high = low;

	while (high < f->n_symbols && f->symbols[high].section == i_section)
		high++;
	return (struct section_symbols){ f->symbols + low, f->symbols + high, h->sh_addr + h->sh_size };
}

/* Functions in assembly rarely have a size: they reach to the next symbol. Labels inside a symbol with a size get none,
 * nor do labels of data: the bytes behind them may belong to anything. */
static void estimate(const struct section_symbols *all, bool exec)
{
	uint64_t covered_to = 0;

	for (struct elf_symbol *s = all->first; exec && s < all->end;) {
		struct elf_symbol *next = s;
		for (; next < all->end && next->address == s->address; next++)
			covered_to = MAX(covered_to, next->address + next->size_bytes);
		struct elf_symbol *best = next - 1;
		if (!best->size_bytes && best->address >= covered_to &&
		    (best->type == STT_FUNC || best->type == STT_OBJECT || best->type == STT_NOTYPE)) {
			best->size_bytes = (next < all->end ? next->address : all->section_end) - best->address;
			best->estimated = best->size_bytes;
		}
		s = next;
	}
}

static int add_bytes(struct elf_file *f, struct elf_symbol *s, uint64_t from, uint64_t to)
{
	if (from >= to)
		return 0;
	s->own_bytes += to - from;
	uint32_t object = s->object == IMAGE_NONE ? OBJECT_LINKER : s->object;
	return image_add_piece(f->image, object, from, to - from) ? 0 : -ENOMEM;
}

static uint64_t end_of(const struct elf_symbol *s) { return s->address + s->size_bytes; }

/* Sweeps the addresses with a stack of the symbols that cover the current one, the innermost on top. */
static int sweep(struct elf_file *f, const struct section_symbols *all, struct elf_symbol **stack)
{
	size_t n_open = 0;
	uint64_t at = 0;
	int r = 0;

	for (struct elf_symbol *s = all->first; s <= all->end && r == 0; s++) {
		uint64_t next = s < all->end ? s->address : all->section_end;
		for (; n_open && r == 0 && end_of(stack[n_open - 1]) <= next; n_open--) {
			r = add_bytes(f, stack[n_open - 1], at, end_of(stack[n_open - 1]));
			at = MAX(at, end_of(stack[n_open - 1]));
		}
		if (n_open && r == 0)
			r = add_bytes(f, stack[n_open - 1], at, next);
		at = MAX(at, next);
		if (s < all->end && s->size_bytes)
			stack[n_open++] = s;
	}
	return r;
}

/* ---- symbols of the image ---- */

static char kind_of(const struct elf_symbol *s)
{
	return s->type == STT_FUNC || s->type == STT_GNU_IFUNC ? 'f' :
	       s->type == STT_OBJECT || s->type == STT_TLS     ? 'o' :
								 0;
}

static int add_symbols(struct elf_file *f, const struct section_symbols *all)
{
	for (const struct elf_symbol *s = all->first; s < all->end; s++) {
		if (image_add_symbol(f->image, s->name, s->address, s->own_bytes) < 0)
			return -ENOMEM;
		struct image_symbol *to = &f->image->symbols[f->image->n_symbols - 1];
		to->object = s->object;
		to->estimated = s->estimated && s->own_bytes;
		to->kind = kind_of(s);
		to->local = s->binding == STB_LOCAL || elf_is_copy(f, s->address);
	}
	return 0;
}

int elf_symbols_of_section(struct elf_file *f, uint32_t i_section, bool want_symbols)
{
	if (!f->n_symbols)
		return 0;
	struct section_symbols all = symbols_of(f, i_section);
	if (all.first == all.end)
		return 0;
	struct elf_symbol **stack = malloc((size_t)(all.end - all.first) * sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	estimate(&all, f->sections[i_section].header.sh_flags & SHF_EXECINSTR);
	int r = sweep(f, &all, stack);
	free(stack);
	return r == 0 && want_symbols ? add_symbols(f, &all) : r;
}
