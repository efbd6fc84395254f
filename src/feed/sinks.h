/* Private to src/feed. */
#ifndef MEMPROF_FEED_SINKS_H
#define MEMPROF_FEED_SINKS_H

#include "memprof/feed/feed.h"

/* Calls a function of each sink that has it. */
#define FEED_CALL(f, function, ...)                              \
	for (size_t i_sink = 0; i_sink < (f)->n_sinks; i_sink++) \
		if ((f)->sinks[i_sink].function)                 \
	(f)->sinks[i_sink].function((f)->sinks[i_sink].ctx, ##__VA_ARGS__)

bool feed_wants_text(const struct feed *f); /* text is not decoded for nobody */

#endif
