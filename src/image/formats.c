#include <errno.h>
#include <string.h>

#include "foreign.h"
#include "memprof/image/image.h"

const struct image_format *const image_formats[] = { &image_elf,    &image_gnu_ld,
						     &image_lld,    &image_mold,
						     &image_gold,   &image_armlink,
						     &image_iar,    &image_print_memory_usage,
						     &image_size_a, NULL };

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
		diag_at(diag, at, -EINVAL,
			"the file is empty: GNU ld creates its map before it finds undefined symbols; check the output"
			" of the link");
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

/* Of a text: no part of a console log is taken for one. */
static bool is_map(const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; image_formats[i]; i++)
		if (image_formats[i]->probe(bytes, n_bytes) >= 65)
			return true;
	return false;
}

const char *image_text_hint(const char *bytes, size_t n_bytes, bool *ret_table)
{
	*ret_table = false;
	n_bytes = MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES);
	if (!n_bytes || memchr(bytes, 0, n_bytes))
		return foreign_picture_hint(bytes, n_bytes);
	return is_map(bytes, n_bytes) ? "this is a linker map; give it with --map" :
					foreign_text_hint(bytes, n_bytes, ret_table);
}

const char *image_hint_for_logs(const char *bytes, size_t n_bytes)
{
	bool is_table;

	n_bytes = MIN(n_bytes, (size_t)IMAGE_PROBE_BYTES);
	if (!n_bytes || memchr(bytes, 0, n_bytes))
		return NULL;
	if (is_map(bytes, n_bytes))
		return "this is a linker map; memprof map reads it";
	const char *hint = foreign_text_hint(bytes, n_bytes, &is_table);
	return hint && foreign_is_log(hint) ? NULL : hint;
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
