#include "memprof/capture/marks.h"

#include <string.h>

#include "memprof/base/text.h"

void marks_heap(struct marks *m, char label[EVENT_LABEL_BYTES])
{
	m->any_heap = true;
	if (m->heading[0] && !label[0])
		memcpy(label, m->heading, EVENT_LABEL_BYTES);
	m->heading[0] = '\0';
}

bool marks_mark(struct marks *m, const struct event_text *mark, char ret[EVENT_LABEL_BYTES])
{
	m->headings |= !m->any_heap;
	text_copy(m->headings ? m->heading : ret, EVENT_LABEL_BYTES, mark->bytes, mark->n_bytes);
	return !m->headings;
}
