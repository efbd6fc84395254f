/* The first allocation in a function: its line, and the calls that led to it. */
#include "memprof/viewers/first_alloc_view.h"

static void tell_found(struct document *d, const struct first_alloc *a)
{
	doc_answer(d, DOC_ACT, DOC_T(a->function), DOC_T("() allocates in call "), DOC_N(a->i_call), DOC_T(", at "));
	for (size_t i = 0; i < a->n_lines; i++) {
		struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT;
		first_alloc_place(&place, &a->lines[i]);
		if (a->has_gap && i + 1 == a->n_inside)
			doc_item(d, DOC_T("(calls between are not known)"));
		if (i > 0)
			doc_item(d, DOC_T("called from "), DOC_T(strbuf_text(&place)));
		else
			doc_answer(d, DOC_ACT, DOC_T(strbuf_text(&place)));
	}
	if (a->is_exception)
		doc_say(d, DOC_T("It allocates an exception, which is caught there: "), DOC_T(a->exception));
	if (a->n_inside == 1 && a->lines[0].line == 0)
		doc_say(d, DOC_T("Its line is not known: before its first line (a generator, variables that inner "
				 "functions use), or in native or C code."));
	doc_say(d, DOC_T("The program was stopped there."));
}

static void tell_none(struct document *d, const struct first_alloc *a)
{
	uint64_t n = a->n_calls == NOT_KNOWN ? 0 : a->n_calls - MIN(a->n_raised, a->n_calls);

	doc_answer(d, DOC_FINE, DOC_T("no allocation in "), DOC_OF(n, "call"), DOC_T(" of "), DOC_T(a->function),
		   DOC_T(a->is_stopped ? "(), until the program was stopped." : "()."));
	if (a->n_raised > 0)
		doc_say(d, DOC_T("An exception ended "), DOC_OF(a->n_raised, "more call"),
			DOC_T(", not counted here."));
}

void document_first_alloc(struct document *d, const struct first_alloc *a)
{
	doc_init(d, "first allocation");
	doc_answer(d, DOC_FINE, DOC_T(a->script), DOC_T(": "));
	(a->is_found ? tell_found : tell_none)(d, a);
}
