#include <string.h>

#include "diff/private.h"

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
