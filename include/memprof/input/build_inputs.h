/* Files of a build, read whole: opened, told apart by content, parsed. */
#ifndef MEMPROF_INPUTS_H
#define MEMPROF_INPUTS_H

#include "memprof/analysis/components.h"
#include "memprof/image/image.h"
#include "memprof/image/partitions.h"
#include "memprof/io/blob.h"

/* An image and the bytes that it borrows from. */
struct input_image {
	struct blob blob;
	struct image image;
};

/* 0; -EINVAL after a message. want: enum image_want. */
int input_image_read(struct input_image *ret, const char *name, unsigned want);
/* The same without a message: 0; -ENOMSG with diag if it is no file of a build; else what failed, with diag. */
int input_image_try(struct input_image *ret, const char *name, unsigned want, struct diag *diag);
/* As input_image_read, of what is read already: it takes the blob. */
int input_image_take(struct input_image *ret, struct blob *blob, unsigned want);
void input_image_deinit(struct input_image *input); /* safe twice, and on all-zero */

/* An ELF, and nothing else. 0; -EINVAL after a message. */
int input_elf_read(struct input_image *ret, const char *name, unsigned want);
/* The same, and joined to a map, which borrows of it. */
int input_elf_join(struct input_image *map, struct input_image *ret_elf, const char *name, unsigned want);

/* 0; -EINVAL after a message. */
int input_partitions(struct partition_table *ret, const char *name, const struct partition_options *options);

/* The rules for components: a user's own file, or NULL for memprof's. 0; -EINVAL after a message. */
int input_components(const char *name, struct components **ret);

/* What does not fit together in an image, as warnings. */
void input_image_say_notes(const struct image *image);

#endif
