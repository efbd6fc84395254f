/* Any bytes as rules of components; what passes is used on names out of the same bytes. */
#include "fuzz.h"
#include "memprof/analysis/components.h"
#include "memprof/analysis/image_groups.h"

enum { NAME_BYTES = 40 };

static void use(const struct components *rules, const uint8_t *data, size_t size)
{
	struct image_groups groups;
	struct image image;
	uint64_t sum_bytes = 0;

	image_init(&image, "a.map");
	MUST(image_begin_section(&image, ".text", 5));
	image.sections[0].size_bytes = size;
	for (size_t at = 0; at < size; at += NAME_BYTES)
		MUST(image_add_piece(&image,
				     image_object(&image, (const char *)data + at, MIN(size - at, (size_t)NAME_BYTES)),
				     at, NAME_BYTES));
	MUST(image_end_section(&image) == 0 && image_resolve(&image, NULL) == 0);
	MUST(image_groups_by_component(&image, rules, &groups) == 0);
	for (size_t i = 0; i < groups.n_groups; i++)
		sum_bytes += groups.groups[i].size_bytes;
	MUST(sum_bytes == size); /* every byte is of one component */
	image_groups_deinit(&groups);
	image_deinit(&image);
}

FUZZ(data, size)
{
	struct components *rules = NULL;
	struct diag diag = { .text = "" };
	int r = components_read((const char *)data, size, "fuzz.json", &rules, &diag);

	if (r < 0) {
		MUST(r == -EINVAL && !rules && diag.text[0] && diag.at.line > 0);
		return;
	}
	use(rules, data, size);
	components_free(rules);
}
