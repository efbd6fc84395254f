/* What comes from logs, in the format of another tool, while they are read. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/viewers/export_view.h"

struct exporter {
	/* set by the caller */
	const struct export_format *format;
	struct output *out;
	const struct feed *feed; /* whose sink it is */
	const char *pool;        /* NULL: all */
	uint64_t from;           /* of capture_options */
	/* private */
	struct export e;
	struct error_judge judge;
	bool begun, pool_seen;
	uint64_t n_moments; /* of the wanted dumps */
};

int exporter_open(struct exporter *x, bool wants_events); /* 0 or -ENOMEM */
void exporter_deinit(struct exporter *x);
struct sink exporter_sink(struct exporter *x);
/* Writes the rest, with warnings of what was left out. name: of the only input; NULL. The exit code. */
int exporter_end(struct exporter *x, const char *name);
