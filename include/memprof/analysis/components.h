/* Parts of a firmware that people have names for (py, extmod, mbedtls …), from its objects' names, by the rules of
 * a data file (layouts/components.json, or a user's own). */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/image/image.h"

struct components;

/* The rules: a list of trees, each with signs (globs; the first tree all of whose signs some object fits is taken)
 * and rules (glob, component; the first that fits is taken), and rules common to all of them, which come last. name is
 * for messages and is copied. 0; -EINVAL, -EFBIG, -ENOMEM with diag. */
int components_read(const char *text, size_t n_bytes, const char *name, struct components **ret, struct diag *diag);
void components_free(struct components *c); /* NULL is fine */

/* Name of the tree that an image's objects are of; NULL: none of those known. */
const char *components_tree(const struct components *c, const struct image *image);

/* The component of each object of the image, by number into ret_names; caller's array of image->n_objects. Where no
 * rule fits: the archive's name, else the folders below the root that all such objects share. Pseudo objects are
 * components of their own. rules may be NULL. 0 or -ENOMEM. ret_names.arena must be set; O(objects * rules). */
int components_assign(const struct components *c, const struct image *image, struct names *ret_names,
		      uint32_t *ret_of_object);
