/* JSON of a live board: a document for each moment, on a line of its own. */
#pragma once

#include "memprof/sinks/document.h"

struct documents {
	/* set by the caller */
	struct output *out;
	const struct report_options *options;
	const struct feed *feed; /* whose sink it is */
	const struct boots *boots;
	const char *source;

	/* private */
	struct error_judge judge;
	struct heap_document document; /* of what happened since the last one was printed */
	bool news;                     /* something is in it, other than collections */
	uint64_t n_resets;
};
struct sink documents_sink(struct documents *d);
/* Nothing more comes: prints what happened after the last one, unless only so many were wanted. */
void documents_end(struct documents *d);
