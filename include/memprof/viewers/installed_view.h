/* How it is drawn what agent a board has, and what memprof agent did about it. */
#pragma once

#include "memprof/base/json.h"
#include "memprof/model/installed.h"
#include "memprof/viewers/document.h"

enum installed_deed {
	INSTALLED_LOOKED,
	INSTALLED_NEW,
	INSTALLED_REPLACED,
	INSTALLED_SAME,
	INSTALLED_REMOVED,
	INSTALLED_NONE_REMOVED,
};

struct installed_view {
	const char *source; /* what was asked */
	enum installed_deed deed;
	const struct installed *found; /* as it is now */
	const char *path;              /* of what was written or removed; NULL: nothing was */
	const char *version;           /* of memprof's own memprof.py; NULL: not known */
	const char *variant; /* of what install took: "source", "bytecode", an architecture; NULL: not installed */
	const struct installed_cost *cost; /* NULL: not measured */
};

void document_installed(struct document *d, const struct installed_view *view);
/* memprof.agent/1 (docs/schema). */
void json_installed(struct json *j, const struct installed_view *view);
