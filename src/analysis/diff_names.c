#include <string.h>

#include "diff_private.h"

static bool is_digits(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return n_bytes > 0;
}

struct suffix {
	const char *text;
	unsigned    part;
};

/* GCC 12, gcc/ipa-cp.cc, ipa-sra.cc, ipa-split.cc, lto/lto-partition.cc; LLVM 14, llvm/IR/ModuleSummaryIndex.h and
 * -funique-internal-linkage-names. */
static const struct suffix suffixes[] = {
	{ "constprop", 0 }, { "isra", 0 }, { "lto_priv", 0 }, { "localalias", 0 }, { "clone", 0 }, { "llvm", 0 },
	{ "__uniq", 0 }, { "part", NAME_PART }, { "cold", NAME_COLD },
};

static const struct suffix *suffix_of(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strlen(suffixes[i].text) == n_bytes && memcmp(text, suffixes[i].text, n_bytes) == 0)
			return &suffixes[i];
	return NULL;
}

struct image_slice diff_plain_name(struct image_slice name, unsigned *ret_parts)
{
	uint32_t n = name.n_bytes;

	*ret_parts = 0;
	for (;;) {
		uint32_t dot = n;
		while (dot > 0 && name.text[dot - 1] != '.')
			dot--;
		if (dot < 2)            /* none, or nothing before it */
			break;
		const struct suffix *suffix = suffix_of(name.text + dot, n - dot);
		if (!suffix && !is_digits(name.text + dot, n - dot))
			break;
		*ret_parts |= suffix ? suffix->part : 0;
		n = dot - 1;
	}
	return (struct image_slice){ name.text, n };
}
