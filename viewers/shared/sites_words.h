/* Lines of allocation profiles as all views name them, and the profile that a view is of. */
#ifndef VIEWERS_SHARED_SITES_WORDS_H
#define VIEWERS_SHARED_SITES_WORDS_H

#include "memprof/viewers/sites_view.h"

/* "main.py:14 connect", without what is not known; "?" without anything. NULL, of a chain that is not known:
 * "[calls not known]". */
void sites_frame_words(struct strbuf *out, const struct sites_frame *frame);
const struct sites_frame *sites_frame_at(const struct sites *s, uint32_t frame); /* NULL for SITES_NONE */

const struct sites_source *sites_source_of(const struct sites_view *view, const char *file); /* NULL: there is none */

/* view->sites, or what is alive of it, made in room. NULL: out of memory, recorded in out. sites_deinit(room) then. */
const struct sites *sites_shown(const struct sites_view *view, struct sites *room, struct strbuf *out);

#endif
