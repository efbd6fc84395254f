/* The file of the chosen line: its lines, and what each allocates. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "tui/profile/actions.h"

enum { SOURCE_LINES_MAX = 1 << 20 }; /* of more, the first ones */

uint32_t profile_source_frame(const struct tui_profile *p)
{
	const struct sites *s = p->o.view->sites;
	const struct profile_row *row = profile_chosen(p);

	if (p->follows_kept && p->i_kept < s->n_kept)
		return s->kept[p->i_kept].frame;
	return row ? profile_row_frame(p, row) : SITES_NONE;
}

void profile_source_deinit(struct profile_source *s)
{
	vec_deinit(s, begins);
	free(s->sums);
	*s = (struct profile_source){ .file = NULL };
}

static int find_lines(struct profile_source *s)
{
	const char *text = s->source->text;
	size_t n_lines = MIN(sites_source_n_lines(s->source), (size_t)SOURCE_LINES_MAX), at = 0;
	int error = vec_push(s, begins, at);

	for (size_t i = 0; error == 0 && i < n_lines; i++) {
		const char *newline = memchr(text + at, '\n', s->source->n_bytes - at);
		at = newline ? (size_t)(newline - text) + 1 : s->source->n_bytes;
		error = vec_push(s, begins, at);
	}
	return error;
}

int profile_source_make(struct tui_profile *p)
{
	const struct profile_part *part = profile_part_of(p);
	const struct sites_frame *frame = sites_frame_at(p->o.view->sites, profile_source_frame(p));
	const char *file = frame ? frame->file : NULL;
	struct profile_source *s = &p->source;

	if (s->part == part && (s->file == file || (s->file && file && strcmp(s->file, file) == 0)))
		return 0;
	profile_source_deinit(s);
	s->part = part;
	s->file = file;
	s->source = file ? sites_source_of(p->o.view, file) : NULL;
	if (!s->source)
		return 0;
	int error = find_lines(s);
	if (error == 0) {
		s->sums = calloc(s->n_begins, sizeof(*s->sums));
		error = s->sums ? 0 : -ENOMEM;
	}
	if (error == 0)
		sites_of_file(part->calls, &part->lines, file, s->sums, s->n_begins - 1);
	else
		profile_source_deinit(s);
	return error;
}
