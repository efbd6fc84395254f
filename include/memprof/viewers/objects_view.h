/* Views of the objects of a heap. */
#pragma once

#include "memprof/base/text_style.h"
#include "memprof/objects/advice.h"
#include "memprof/objects/objects.h"
#include "memprof/viewers/document.h"

struct objects_view {
	const struct objects *objects;
	const struct objects_report *report;
	const char *source;
	const struct objects_freed *freed; /* NULL: not verified */
	uint64_t n_top;                    /* of each list, in text; of all, in DOT */
	struct objects_cost cost;
	/* What was asked for besides, or in text instead of the report; NULL or OBJECT_NONE: nothing. */
	uint32_t object;
	const struct objects_list *holders, *referrers; /* of object */
	bool all_referrers;
	const struct objects_list *tree, *selected;
	const struct objects_since *since;
	const char *since_name;
	const struct objects_advice *advice;
};

/* The report, or what was asked for; for spreadsheets a row for each object, or each that is selected. The view stays
 * until the document is printed. */
void document_objects(struct document *d, const struct objects_view *view);
/* All that is known: the report, and what came, and advice. */
void document_objects_page(struct document *d, const struct objects_view *view);
void json_objects(struct strbuf *out, const struct objects_view *view);
void html_objects(struct strbuf *out, const struct objects_view *view); /* with all objects in it */
void dot_objects(struct strbuf *out, const struct objects_view *view);  /* the n_top largest, and who holds them */
