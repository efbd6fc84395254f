/* Sums over an image's objects: by component, by archive, by object. Sizes are those of image_object: effective,
 * of sections that take memory, without reservations. */
#ifndef MEMPROF_IMAGE_GROUPS_H
#define MEMPROF_IMAGE_GROUPS_H

#include "memprof/analysis/components.h"
#include "memprof/image/image.h"

struct image_group {
	const char *name;
	const char *member; /* of an object in an archive; else NULL */
	uint64_t size_bytes;
	const uint64_t *by_region; /* image->n_regions */
	uint64_t n_objects;
};

/* Largest first, ties by name. Those without a byte are left out. */
struct image_groups {
	struct arena arena;
	VEC(struct image_group, groups);
	const uint32_t
		*of_object; /* the group of each object of the image, or IMAGE_NONE; NULL of image_groups_by_object */
};

/* 0 or -ENOMEM. The image must outlive the groups. */
int image_groups_by_object(const struct image *image, struct image_groups *ret);
int image_groups_by_archive(const struct image *image, struct image_groups *ret);
int image_groups_by_component(const struct image *image, const struct components *rules, struct image_groups *ret);
void image_groups_deinit(struct image_groups *g); /* safe twice, and on all-zero */

#endif
