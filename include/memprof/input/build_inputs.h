/* Files of a build, read whole: opened, told apart by content, parsed. */
#pragma once

#include "memprof/analysis/components.h"
#include "memprof/image/image.h"
#include "memprof/image/partitions.h"
#include "memprof/io/blob.h"

/* An image and the bytes that it borrows from. */
struct input_image {
	struct blob blob;
	struct image image;
};

/* All functions: 0, or negative with diag filled. */

/* want: enum image_want. -ENOMSG: it is no file of a build. */
int input_image_read(struct input_image *ret, const char *name, unsigned want, struct diag *diag);
/* The same of what is read already: it takes the blob, also when it fails. */
int input_image_take(struct input_image *ret, struct blob *blob, unsigned want, struct diag *diag);
void input_image_deinit(struct input_image *input); /* safe twice, and on all-zero */

/* An ELF, and nothing else. */
int input_elf_read(struct input_image *ret, const char *name, unsigned want, struct diag *diag);
/* What does not fit together in an image, as warnings. */
void input_image_warn(const struct image *image, const struct notice_sink *notices);

int input_partitions(struct partition_table *ret, const char *name, const struct partition_options *options,
		     struct diag *diag);

/* The rules for components: a user's own file, or NULL for memprof's. */
int input_components(const char *name, struct components **ret, struct diag *diag);
