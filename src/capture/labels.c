#include "memprof/capture/labels.h"

#include <string.h>

#include "memprof/base/text.h"

void labels_snapshot(struct labels *l, char label[EVENT_LABEL_BYTES])
{
	l->any_snapshot = true;
	if (l->heading[0] && !label[0])
		memcpy(label, l->heading, EVENT_LABEL_BYTES);
	l->heading[0] = '\0';
}

bool labels_mark(struct labels *l, const struct event_text *mark, char ret[EVENT_LABEL_BYTES])
{
	l->headings |= !l->any_snapshot;
	text_copy(l->headings ? l->heading : ret, EVENT_LABEL_BYTES, mark->bytes, mark->n_bytes);
	return !l->headings;
}
