/* Which of many patterns a line may match: those of whose text it has three bytes in a row. One look at each byte
 * decides for all of them. */
#include <string.h>

#include "figures/pattern.h"

static uint32_t hash(const char *p)
{
	uint32_t three = (uint32_t)(uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16;

	return three * UINT32_C(2654435761) >> (32 - FIGURES_HASH_BITS);
}

/* How often other lines will have these three bytes: common letters, or a mark and a blank. */
static unsigned commonness(const char *p)
{
	unsigned n = 0;

	for (int i = 0; i < 3; i++)
		n += strchr("etaoinsr", p[i]) ? 1 : strchr(" :=,", p[i]) ? 2 : 0;
	return n;
}

void figures_candidates_add(struct figures *f, size_t i)
{
	const char *sure = f->patterns[i]->lines[0].sure;
	size_t n = strlen(sure);
	uint32_t best = 0;
	unsigned n_best = UINT32_MAX;

	if (n < 3) {
		f->always[i / 64] |= UINT64_C(1) << i % 64;
		return;
	}
	for (const char *p = sure; p + 3 <= sure + n; p++)
		if (commonness(p) < n_best) {
			n_best = commonness(p);
			best = hash(p);
		}
	f->next[i] = f->first[best];
	f->first[best] = (uint16_t)(i + 1);
}

bool figures_candidates(const struct figures *f, const char *text, size_t n_bytes, struct figures_set *ret)
{
	uint64_t any = 0;

	memcpy(ret->bits, f->always, sizeof(ret->bits));
	for (const char *p = text; n_bytes >= 3 && p <= text + n_bytes - 3; p++)
		for (uint16_t i = f->first[hash(p)]; i; i = f->next[i - 1])
			ret->bits[(i - 1) / 64] |= UINT64_C(1) << (i - 1) % 64;
	for (size_t i = 0; i < FIGURES_SET_WORDS; i++)
		any |= ret->bits[i];
	return any != 0;
}
