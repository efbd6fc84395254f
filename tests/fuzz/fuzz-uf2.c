/* Any bytes as UF2: the ranges of each family are apart, in order, and add up. */
#include "fuzz.h"
#include "memprof/image/uf2.h"

static void family_must_hold(const struct uf2 *uf2, const struct uf2_family *f)
{
	uint64_t sum = 0, end = 0;

	MUST(f->i_range <= uf2->n_ranges && f->n_ranges <= uf2->n_ranges - f->i_range);
	for (size_t i = 0; i < f->n_ranges; i++) {
		const struct uf2_range *r = &uf2->ranges[f->i_range + i];
		MUST(r->family == f->id && r->size_bytes && (i == 0 || r->start > end) && r->offset_bytes == sum);
		end = r->start + r->size_bytes;
		MUST(end <= (uint64_t)1 << 32);
		sum += r->size_bytes;
	}
	MUST(sum == f->used_bytes);
}

FUZZ(data, size)
{
	struct uf2 uf2;
	struct diag diag = { .text = "" };
	int r = uf2_read(&uf2, "fuzz", data, size, &diag);
	uint64_t n_blocks = uf2.n_skipped, n_ranges = 0;

	MUST(r == 0 || (r == -EINVAL && diag.text[0]));
	MUST(uf2.n_families <= UF2_FAMILIES_MAX);
	for (size_t i = 0; r == 0 && i < uf2.n_families; i++) {
		family_must_hold(&uf2, &uf2.families[i]);
		n_blocks += uf2.families[i].n_blocks;
		n_ranges += uf2.families[i].n_ranges;
	}
	MUST(r < 0 || (n_ranges == uf2.n_ranges && n_blocks <= uf2.n_blocks));
	for (size_t i = 0; r == 0 && i < uf2.n_families; i++) {
		if (uf2.families[i].used_bytes > size) /* blocks fill all of it: it cannot be more */
			abort();
		uint8_t *content = malloc(uf2.families[i].used_bytes + 1);
		MUST(content);
		uf2_family_bytes(&uf2, &uf2.families[i], data, size, content);
		free(content);
	}
	for (size_t i = 0; i < uf2.n_faults && i < UF2_FAULTS_MAX; i++)
		MUST(uf2.faults[i].what && uf2.faults[i].offset <= size);
	uf2_deinit(&uf2);
}
