#include <errno.h>
#include <string.h>

#include "memprof/image/foreign.h"
#include "memprof/image/image.h"

const struct image_format *const image_formats[] = {
	&image_elf,    &image_gnu_ld,  &image_lld,    &image_mold,
	&image_gold,   &image_armlink, &image_iar,    &image_print_memory_usage,
	&image_size_a, &image_ti,      &image_cosmic, &image_xc8,
	NULL
};

/* In a build log the table comes late. */
static const struct image_format *format_in_log(const char *bytes, size_t n_bytes)
{
	enum { STEP_BYTES = IMAGE_PROBE_BYTES - 1024 }; /* a heading may cross a border */

	for (size_t at = STEP_BYTES; at < n_bytes; at += STEP_BYTES)
		for (size_t i = 0; image_formats[i]; i++)
			if (image_formats[i]->in_logs &&
			    image_formats[i]->probe(bytes + at, MIN(n_bytes - at, (size_t)IMAGE_PROBE_BYTES)))
				return image_formats[i];
	return NULL;
}

/* Headings of a map; a log that contains a table has none of them. */
enum { SURE_ENOUGH = 60 };

const struct image_format *image_format_of(const char *name, const char *bytes, size_t n_bytes, struct diag *diag)
{
	const struct image_format *best = NULL;
	int best_sure = 0;
	struct place at = { .file = name };

	if (!n_bytes) {
		diag_at(diag, at, -EINVAL, "the file is empty: the link may have failed; check its output");
		return NULL;
	}
	for (size_t i = 0; image_formats[i]; i++) {
		if (image_formats[i]->in_logs && best_sure >= SURE_ENOUGH)
			continue; /* their probes read every line */
		int sure = image_formats[i]->probe(bytes, MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES));
		if (sure > best_sure) {
			best = image_formats[i];
			best_sure = sure;
		}
	}
	if (!best && !memchr(bytes, 0, MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES)))
		best = format_in_log(bytes, n_bytes);
	if (!best)
		diag_at(diag, at, -EINVAL, "%s", foreign_hint(bytes, MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES)));
	return best;
}

int image_read(struct image *image, const char *name, const char *bytes, size_t n_bytes, unsigned want,
	       struct diag *diag)
{
	image_init(image, name);
	const struct image_format *format = image_format_of(name, bytes, n_bytes, diag);
	if (!format)
		return -EINVAL;
	image->format = format->name;
	int r = format->read(image, bytes, n_bytes, want, diag);
	if (r == -ENOMEM)
		return diag_at(diag, (struct place){ .file = name }, r, "out of memory");
	return r < 0 ? r : image_resolve(image, diag);
}
