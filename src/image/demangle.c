/* Demanglers of libiberty, which GNU ld uses for its maps, so both say the same; it is the only library with both
 * languages. It bounds how deep it recurses but not how much it prints, and substitutions may double that with every
 * few bytes: its output is cut by a jump out of it. */
#include "memprof/image/demangle.h"

#include <setjmp.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "slice.h"

enum { STYLE = DMGL_PARAMS | DMGL_ANSI };

struct output {
	struct strbuf *text;
	size_t begin;
	jmp_buf *too_long;
	bool may_hold; /* memory is held while it passes a text with other bytes than ASCII (Punycode of Rust) */
};

static bool is_ascii(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static void print(const char *text, size_t n_bytes, void *ctx)
{
	const struct output *out = ctx;

	if (out->text->n_bytes - out->begin <= DEMANGLED_MAX_BYTES)
		strbuf_add(out->text, text, n_bytes);
	else if (!out->may_hold || is_ascii(text, n_bytes))
		longjmp(*out->too_long, 1);
}

/* ---- languages ---- */

static bool is_cpp(const char *name) { return strncmp(name, "_Z", 2) == 0; }

static bool demangle_cpp(const char *name, struct output *out)
{
	return cplus_demangle_v3_callback(name, STYLE, print, out) != 0;
}

/* Legacy names are C++'s as well, with "17h", 16 digits of a hash and "E" at their end. They may have dots. The bytes
 * up to there; 0: it is none of them. */
static size_t rust_legacy_bytes(const char *name, size_t n_bytes)
{
	enum { N_HASH = 20 };

	for (size_t i = 3; text_starts(name, n_bytes, "_ZN") && i + N_HASH <= n_bytes; i++) {
		const char *at = name + i;
		if (memcmp(at, "17h", 3) == 0 && strspn(at + 3, "0123456789abcdef") == 16 && at[N_HASH - 1] == 'E')
			return i + N_HASH;
	}
	return 0;
}

static bool is_rust_legacy(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && rust_legacy_bytes(name, n) == n;
}

/* "_R" and an upper-case letter. A function or a trait for more than 62 lifetimes is none: libiberty would count up to
 * 2^62 of them. */
static bool is_rust_v0(const char *name)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (strncmp(name, "_R", 2) != 0 || name[2] < 'A' || name[2] > 'Z')
		return false;
	for (const char *at = name + 2; (at = strpbrk(at, "FD")); at++) {
		size_t n = at[1] == 'G' ? strspn(at + 2, digits) : 0;
		if (n > 1 && at[2 + n] == '_')
			return false;
	}
	return true;
}

static bool is_rust(const char *name) { return is_rust_legacy(name) || is_rust_v0(name); }

static bool demangle_rust(const char *name, struct output *out)
{
	out->may_hold = true;
	return rust_demangle_callback(name, STYLE, print, out) != 0;
}

/* The first that takes it. */
static const struct {
	bool (*is)(const char *name);
	bool (*demangle)(const char *name, struct output *out);
} languages[] = {
	{ is_rust, demangle_rust },
	{ is_cpp, demangle_cpp },
};

static bool run(size_t i_language, const char *name, struct strbuf *ret)
{
	jmp_buf too_long;
	struct output out = { .text = ret, .begin = ret->n_bytes, .too_long = &too_long };

	if (setjmp(too_long))
		return false;
	return languages[i_language].demangle(name, &out) && ret->n_bytes - out.begin <= DEMANGLED_MAX_BYTES;
}

/* ---- what linkers demangled ---- */

/* How many bytes stand for what is meant; 0: the next one for itself. */
static size_t tidied(const char *text, size_t n_bytes, const char **ret)
{
	static const struct {
		const char *printed, *meant;
		size_t n_read;
	} spellings[] = { { "> >", ">", 2 /* the second may begin another one */ },
			  { " [clone .", ".", 9 },
			  { " (.", ".", 3 } };

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		if (!text_starts(text, n_bytes, spellings[i].printed))
			continue;
		*ret = spellings[i].meant;
		return spellings[i].n_read;
	}
	return 0;
}

/* Appends it. Whether it differs. */
static bool tidy(struct image_slice name, struct strbuf *ret)
{
	bool any = false, in_suffix = false;

	for (size_t i = 0, n; i < name.n_bytes; i += n) {
		const char *meant;
		n = tidied(name.text + i, name.n_bytes - i, &meant);
		any |= n > 0;
		in_suffix |= n > 2;
		if (n > 0) {
			strbuf_puts(ret, meant);
			continue;
		}
		n = 1;
		if (!in_suffix || !strchr("])", name.text[i]))
			strbuf_putc(ret, name.text[i]);
	}
	return any;
}

/* ---- a name ---- */

/* What stands behind the core of a name: LLVM puts a number there that another build does not have, and GNU ld's maps
 * leave out what rustc puts there. */
static void add_suffix(struct strbuf *ret, const char *core, struct image_slice suffix)
{
	const char *llvm = text_find(suffix.text, suffix.n_bytes, ".llvm.");

	if (!is_rust(core))
		strbuf_add(ret, suffix.text, llvm ? (size_t)(llvm - suffix.text) : suffix.n_bytes);
}

static bool demangle_core(const char *core, struct strbuf *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		size_t n_before = ret->n_bytes;
		if (!languages[i].is(core))
			continue;
		if (run(i, core, ret))
			return true;
		ret->n_bytes = n_before;
	}
	return false;
}

static bool may_be_mangled(struct image_slice name)
{
	return name.n_bytes > 3 && name.n_bytes <= MANGLED_MAX_BYTES && name.text[0] == '_' &&
	       (name.text[1] == 'Z' || name.text[1] == 'R');
}

/* What compilers add begins with a dot, versions with '@'. */
static size_t core_bytes(const char *name, size_t n_bytes)
{
	size_t n = rust_legacy_bytes(name, n_bytes);

	return n > 0 ? n : strcspn(name, ".@");
}

static bool demangle_linkage(struct image_slice linkage, struct strbuf *ret)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, core CLEANUP(strbuf_deinit) = STRBUF_INIT,
			   out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_add(&name, linkage.text, linkage.n_bytes);
	size_t n_core = core_bytes(strbuf_text(&name), name.n_bytes);
	strbuf_add(&core, strbuf_text(&name), n_core);
	if (!demangle_core(strbuf_text(&core), &out))
		return false;
	tidy((struct image_slice){ out.text, (uint32_t)out.n_bytes }, ret);
	add_suffix(ret, strbuf_text(&core),
		   (struct image_slice){ linkage.text + n_core, linkage.n_bytes - (uint32_t)n_core });
	return true;
}

bool demangle(struct image_slice name, struct strbuf *ret)
{
	size_t n_before = ret->n_bytes;

	if (may_be_mangled(name))
		return demangle_linkage(name, ret);
	if (!memchr(name.text, '>', name.n_bytes) && !memchr(name.text, ')', name.n_bytes))
		return false;
	if (tidy(name, ret))
		return true;
	if (ret->text) {
		ret->n_bytes = n_before;
		ret->text[n_before] = '\0';
	}
	return false;
}
