/* Files of a build, read whole: opened, told apart by content, parsed. */
#ifndef MEMPROF_INPUTS_H
#define MEMPROF_INPUTS_H

#include "memprof/blob.h"
#include "memprof/components.h"
#include "memprof/image.h"

/* An image and the bytes that it borrows from. */
struct input_image {
	struct blob  blob;
	struct image image;
};

/* 0; -EINVAL after a message. want: enum image_want. */
int input_image_read(struct input_image *ret, const char *name, unsigned want);
/* The same without a message: 0; -ENOMSG with diag if it is no file of a build; else what failed, with diag. */
int input_image_try(struct input_image *ret, const char *name, unsigned want, struct diag *diag);
void input_image_deinit(struct input_image *input);     /* safe twice, and on all-zero */

/* The rules for components: a user's own file, or NULL for memprof's. 0; -EINVAL after a message. */
int input_components(const char *name, struct components **ret);

/* What does not fit together in an image, as warnings. */
void input_image_say_notes(const struct image *image);

#endif
