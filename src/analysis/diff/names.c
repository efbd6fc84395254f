/* Names that a toolchain chooses: of clones of a function, of an archive's variant, of an object in a temporary folder.
 */
#include <string.h>

#include "diff/private.h"
#include "memprof/base/glob.h"

/* ---- symbols ---- */

static bool is_digits(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return n_bytes > 0;
}

struct suffix {
	const char *text;
	unsigned part;
};

/* GCC 12, gcc/ipa-cp.cc, ipa-sra.cc, ipa-split.cc, lto/lto-partition.cc; LLVM 14, llvm/IR/ModuleSummaryIndex.h and
 * -funique-internal-linkage-names. */
static const struct suffix suffixes[] = {
	{ "constprop", 0 }, { "isra", 0 },   { "lto_priv", 0 },     { "localalias", 0 },   { "clone", 0 },
	{ "llvm", 0 },      { "__uniq", 0 }, { "part", NAME_PART }, { "cold", NAME_COLD },
};

static const struct suffix *suffix_of(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strlen(suffixes[i].text) == n_bytes && memcmp(text, suffixes[i].text, n_bytes) == 0)
			return &suffixes[i];
	return NULL;
}

static uint32_t last_dot(struct image_slice name)
{
	uint32_t dot = name.n_bytes;

	while (dot > 0 && name.text[dot - 1] != '.')
		dot--;
	return dot;
}

/* pico-sdk 2.1, src/common/pico_binary_info/include/pico/binary_info/code.h: named after the line in the source. */
static uint32_t binary_info_bytes(struct image_slice name)
{
	static const struct image_slice beginnings[] = { { "__bi_ptr", 8 }, { "__bi_", 5 } };

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint32_t n = beginnings[i].n_bytes;
		if (name.n_bytes > n && memcmp(name.text, beginnings[i].text, n) == 0 &&
		    is_digits(name.text + n, name.n_bytes - n))
			return n;
	}
	return 0;
}

struct image_slice diff_unnumbered_name(struct image_slice name)
{
	uint32_t dot = last_dot(name), n = binary_info_bytes(name);

	if (n)
		return (struct image_slice){ name.text, n };
	if (dot < 2 || !is_digits(name.text + dot, name.n_bytes - dot))
		return (struct image_slice){ 0 };
	return (struct image_slice){ name.text, dot - 1 };
}

struct image_slice diff_plain_name(struct image_slice name, unsigned *ret_parts)
{
	uint32_t n = name.n_bytes;

	*ret_parts = 0;
	for (;;) {
		uint32_t dot = last_dot((struct image_slice){ name.text, n });
		if (dot < 2) /* none, or nothing before it */
			break;
		const struct suffix *suffix = suffix_of(name.text + dot, n - dot);
		if (!suffix && !is_digits(name.text + dot, n - dot))
			break;
		*ret_parts |= suffix ? suffix->part : 0;
		n = dot - 1;
	}
	return (struct image_slice){ name.text, n };
}

/* ---- archives ---- */

static struct image_slice leaf_of(const char *path)
{
	size_t n = strlen(path);
	const char *at = path + n;

	while (at > path && at[-1] != '/' && at[-1] != '\\')
		at--;
	return slice_of(at);
}

static bool drop_end(struct image_slice *s, const char *end)
{
	uint32_t n = (uint32_t)strlen(end);
	bool has = s->n_bytes > n && memcmp(s->text + s->n_bytes - n, end, n) == 0;

	s->n_bytes -= has ? n : 0;
	return has;
}

/* newlib 4.3, newlib/Makefile.am: libg.a is libc.a. Arm's GNU toolchain has each library also as NAME_nano.a, built for
 * size; until 2015 they were NAME_s.a. */
struct image_slice diff_archive_name(const char *path)
{
	static const char *const variants[] = { "_nano", "_s" };
	struct image_slice name = leaf_of(path);

	if (!drop_end(&name, ".a"))
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		if (drop_end(&name, variants[i]))
			break;
	return name.n_bytes == 4 && memcmp(name.text, "libg", 4) == 0 ? slice_of("libc") : name;
}

struct image_slice diff_plain_member(const char *member)
{
	static const char *const beginnings[] = { "libc_a-", "lib_a-", "libm_a-", "nano-" };
	struct image_slice name = slice_of(member);

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint32_t n = (uint32_t)strlen(beginnings[i]);
		if (name.n_bytes > n && memcmp(name.text, beginnings[i], n) == 0)
			name = (struct image_slice){ name.text + n, name.n_bytes - n };
	}
	return name;
}

/* ---- objects ---- */

/* GCC 12, libiberty/make-temp-file.c (six letters or digits behind "cc"), gcc/lto-wrapper.cc (.lto.o,
 * .debug.temp.o); LLVM 14, clang/lib/Driver/Driver.cpp ("main-1a2b3c.o"), llvm/tools/gold/gold-plugin.cpp
 * ("lto-llvm-1a2b3c.o"). */
#define ANY "[0-9A-Za-z]"
#define HEX "[0-9a-f]"
static const struct random_name {
	const char *glob;
	uint32_t n_end; /* bytes from the random ones on */
} random_names[] = {
	{ "cc" ANY ANY ANY ANY ANY ANY ".o", 8 },
	{ "cc" ANY ANY ANY ANY ANY ANY ".lto.o", 12 },
	{ "cc" ANY ANY ANY ANY ANY ANY ".debug.temp.o", 19 },
	{ "*-" HEX HEX HEX HEX HEX HEX ".o", 8 },
};

struct match_key diff_random_name(const char *path)
{
	struct image_slice leaf = leaf_of(path);

	for (size_t i = 0; i < ARRAY_SIZE(random_names); i++)
		if (glob_match(random_names[i].glob, leaf.text))
			return (struct match_key){ .text = leaf.text,
						   .n_bytes = leaf.n_bytes - random_names[i].n_end,
						   .with = { i } };
	return (struct match_key){ .text = NULL };
}
