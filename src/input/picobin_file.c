#include "memprof/input/picobin_file.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/image/uf2.h"

static int find_in_family(struct picobin_table *ret, const struct blob *blob, const struct uf2 *uf2,
			  const struct uf2_family *family, struct diag *diag)
{
	uint8_t *bytes = malloc((size_t)family->used_bytes + 1);

	if (!bytes)
		return diag_at(diag, (struct place){ .file = blob->name }, -ENOMEM, "out of memory");
	uf2_family_bytes(uf2, family, (const uint8_t *)blob->bytes, blob->n_bytes, bytes);
	int r = picobin_find(ret, blob->name, bytes, (size_t)family->used_bytes, diag);
	free(bytes);
	return r;
}

int picobin_file_find(struct picobin_table *ret, const struct blob *blob, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)blob->bytes;
	struct uf2 uf2;

	if (!uf2_is(bytes, blob->n_bytes))
		return picobin_find(ret, blob->name, bytes, blob->n_bytes, diag);
	int r = uf2_read(&uf2, blob->name, bytes, blob->n_bytes, diag);
	bool read = r == 0;
	for (size_t i = 0; read && i < uf2.n_families && (i == 0 || r == PICOBIN_NONE); i++)
		r = find_in_family(ret, blob, &uf2, &uf2.families[i], diag);
	if (read && uf2.n_families == 0)
		r = PICOBIN_NONE;
	uf2_deinit(&uf2);
	if (r == PICOBIN_NONE)
		return diag_at(diag, (struct place){ .file = blob->name }, -EINVAL,
			       "no partition table of an RP2350 is in"
			       " this UF2; of other boards give partitions.csv or the .bin");
	return r;
}
