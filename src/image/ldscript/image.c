#include <errno.h>
#include <string.h>

#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

int image_regions_from_ldscript(struct image *image, const struct ldscript *s)
{
	int n = 0;

	if (image->n_regions)
		return 0;
	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *from = &s->regions[i];
		if (!from->origin.known) {
			image_note(image, "the origin of region %.80s of %.80s is not known: %.200s", from->name,
				   from->at.file ? from->at.file : "the script", from->origin.why);
			continue;
		}
		struct image_region *to = image_add_region(image);
		if (!to)
			return -ENOMEM;
		to->name = arena_text(&image->arena, from->name, strlen(from->name));
		to->attributes = arena_text(&image->arena, from->attributes, strlen(from->attributes));
		to->window = image_is_window(to->name);
		to->origin = from->origin.value;
		to->length_bytes = from->length.known ? from->length.value : NOT_KNOWN;
		if (!from->length.known)
			image_note(image, "the length of region %.80s is not known: %.200s", from->name,
				   from->length.why);
		n++;
	}
	return arena_error(&image->arena) < 0 ? -ENOMEM : n;
}
