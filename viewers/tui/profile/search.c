/* What is searched for: a part of a line's name, whatever the case of its letters. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "shared/sites_words.h"
#include "tui/profile/actions.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c; }

static bool contains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;
		while (part[i] && lower(text[i]) == lower(part[i]))
			i++;
		if (!part[i])
			return true;
	}
	return false;
}

static bool frame_is_found(const struct tui_profile *p, uint32_t frame)
{
	return frame != SITES_NONE && p->is_found[frame];
}

/* Which frames have it. 0 or -ENOMEM. */
static int mark(struct tui_profile *p)
{
	const struct sites *s = p->o.view->sites;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!p->is_found)
		p->is_found = calloc(s->n_frames + 1, sizeof(*p->is_found));
	if (!p->is_found)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n_frames; i++) {
		strbuf_reset(&name);
		sites_frame_words(&name, &s->frames[i]);
		p->is_found[i] = contains(strbuf_text(&name), p->found);
	}
	return strbuf_error(&name);
}

/* ---- where it is ---- */

/* From the one before or after the chosen one on, around the end. */
static bool find_row(struct tui_profile *p, int way)
{
	const struct profile_list *list = profile_list_of(p);
	size_t n = list->n_rows;

	for (size_t k = 1; k <= n; k++) {
		size_t i = (list->i_row + (way > 0 ? k : n - k)) % n;
		if (frame_is_found(p, profile_row_frame(p, &list->rows[i]))) {
			profile_choose(p, i);
			return true;
		}
	}
	return false;
}

/* Also those within closed ones. */
static bool find_node(struct tui_profile *p, int way)
{
	const struct profile_part *part = profile_part_of(p);
	const struct sites *s = p->kind == PROFILE_CALLERS ? &part->callers : part->calls;
	const struct profile_row *chosen = profile_chosen(p);
	uint32_t first = SITES_NONE, last = SITES_NONE, before = SITES_NONE, after = SITES_NONE;
	bool is_behind = false;

	for (uint32_t i = sites_next(s, 0); i != SITES_NONE; i = sites_next(s, i)) {
		if (frame_is_found(p, s->nodes[i].frame)) {
			first = first == SITES_NONE ? i : first;
			last = i;
			if (is_behind && after == SITES_NONE)
				after = i;
			if (!is_behind && chosen && i != chosen->i)
				before = i;
		}
		is_behind = is_behind || (chosen && i == chosen->i);
	}
	uint32_t found = way > 0 ? after : before;
	if (found == SITES_NONE)
		found = way > 0 ? first : last;
	if (found != SITES_NONE)
		profile_show_node(p, found);
	return found != SITES_NONE;
}

static bool find_kept(struct tui_profile *p, int way)
{
	const struct sites *s = p->o.view->sites;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t k = 1, n = s->n_kept; k <= n; k++) {
		size_t i = (p->i_kept + (way > 0 ? k : n - k)) % n;
		strbuf_reset(&name);
		sites_kept_words(&name, s, &s->kept[i], p->o.utf8);
		if (contains(strbuf_text(&name), p->found)) {
			p->i_kept = i;
			p->source_stays = false;
			return true;
		}
	}
	return false;
}

static bool find_next(struct tui_profile *p, int way)
{
	if (p->failed)
		return false;
	if (p->focus == PROFILE_KEPT)
		return find_kept(p, way);
	return p->kind == PROFILE_LINES ? find_row(p, way) : find_node(p, way);
}

/* ---- for the keys ---- */

bool profile_search(struct tui_profile *p, const char *text)
{
	const struct profile_row *row = profile_chosen(p);

	text_copy(p->found, sizeof(p->found), text, strlen(text));
	if (!text[0]) {
		free(p->is_found);
		p->is_found = NULL;
		return true;
	}
	if (mark(p) < 0) {
		profile_note(p, "not enough memory to search");
		return false;
	}
	bool is_here = p->focus != PROFILE_KEPT && row && frame_is_found(p, profile_row_frame(p, row));
	if (is_here || find_next(p, 1))
		return true;
	profile_note(p, "no line has '%s' in its name", p->found);
	return false;
}

void profile_find(struct tui_profile *p, int way)
{
	if (!p->is_found)
		profile_note(p, "no search yet: / begins one");
	else if (!find_next(p, way))
		profile_note(p, "no line has '%s' in its name", p->found);
}
