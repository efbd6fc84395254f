/* Why an allocation failed: a sentence for each cause, what the figures say, and what to do. */
#include <inttypes.h>

#include "document/report.h"

enum { HOLES_SHOWN = 3, USUAL_BLOCK_BYTES = 16 };

/* Beside its cause: what decides how it is said. */
enum situation {
	FULL_AFTER,
	LARGER_THAN_AREA,
	LARGER_THAN_HEAP,
	TOO_MUCH_ASKED,
	NO_ROOM_AT_ALL,
	FRAGMENTED,
	FIT_BEFORE,
	FITS_AFTER,
	NOT_FULL,
	NOT_FULL_IN_C,
	OTHER_POOL,
	LOCKED,
	GREW,
	NO_SIZE_IN_C,
	NO_FIGURES_IN_C,
	NO_SIZE,
	NO_FIGURES,
};

#define LOCKED_HEAP "the heap was locked (an interrupt handler)"

static const struct {
	const char *cause, *reason;
} sentences[] = {
	[FULL_AFTER] = { "out of memory", "After it the board had no memory left to report its heap." },
	[LARGER_THAN_AREA] = { "out of memory", "It can never fit: the largest area of the heap is {area} ({where})." },
	[LARGER_THAN_HEAP] = { "out of memory", "It can never fit: the whole heap is {total} ({where})." },
	[TOO_MUCH_ASKED] = { "out of memory", "{free} free in all in {where}." },
	[NO_ROOM_AT_ALL] = { "out of memory",
			     "There was no room even for the message: {free} free in all in {where}." },
	[FRAGMENTED] = { "fragmented", "[The heap is also {full} full: use less first.]" },
	[FIT_BEFORE] = { "there was room before it",
			 "Largest free was {largest} in {where}, before it: the heap filled since, or it was a peak "
			 "inside a call, or " LOCKED_HEAP ". memprof snap right after the error shows which." },
	[FITS_AFTER] = { "it would fit now",
			 "Largest free is {largest} in {where}, so only something short-lived was in the way: a peak "
			 "inside a call, garbage that was collected since, or " LOCKED_HEAP "." },
	[NOT_FULL] = { "the heap was not full",
		       "{free} free in {where}. Either no free block was that large, or " LOCKED_HEAP
		       "; mem_info(1) just before it shows which." },
	[NOT_FULL_IN_C] = { "the heap was not full",
			    "{free} free in {where}. Either no free block was that large (log the largest free block, "
			    "too), or it asked for other memory (internal, DMA)." },
	[OTHER_POOL] = { "outside Python's heap",
			 "The firmware manages that memory itself (Wi-Fi, native code, camera frames); gc.collect() "
			 "does not help there." },
	[LOCKED] = { "the heap was locked",
		     "A hard interrupt handler, or code under heap_lock(), allocated. Allocate before, and reuse it "
		     "there." },
	[GREW] = { "it grew until there was no room", "" },
	[NO_SIZE_IN_C] = { "cause unknown", "The message gives no size." },
	[NO_FIGURES_IN_C] = { "cause unknown", "No figures near it say how much was free." },
	[NO_SIZE] = { "cause unknown", "The message gives no size: it was cut off, " LOCKED_HEAP
				       ", or had no room for the message itself. If you "
				       "know the size, --need SIZE checks whether it fits." },
	[NO_FIGURES] = { "cause unknown", "No dump near it says enough: run memprof snap right after the error." },
};

static enum situation situation_of(const struct error_info *e)
{
	bool never = report_never_fits(e->asked_bytes, &e->reference), in_c = e->failure == FAILURE_OF_C;

	switch (e->cause) {
	case CAUSE_OUT_OF_MEMORY:
		return e->full_after                                      ? FULL_AFTER :
		       e->asked_bytes == NOT_KNOWN                        ? NO_ROOM_AT_ALL :
		       !never                                             ? TOO_MUCH_ASKED :
		       e->asked_bytes <= e->reference.summary.total_bytes ? LARGER_THAN_AREA :
									    LARGER_THAN_HEAP;
	case CAUSE_FRAGMENTED:
		return FRAGMENTED;
	case CAUSE_FITS_NOW:
		return e->reference_before ? FIT_BEFORE : FITS_AFTER;
	case CAUSE_NOT_FULL:
		return in_c ? NOT_FULL_IN_C : NOT_FULL;
	case CAUSE_OTHER_POOL:
		return OTHER_POOL;
	case CAUSE_LOCKED:
		return LOCKED;
	case CAUSE_UNKNOWN:
		break;
	}
	return e->grew_until                 ? GREW :
	       in_c                          ? e->asked_bytes == NOT_KNOWN ? NO_SIZE_IN_C : NO_FIGURES_IN_C :
	       e->failure == FAILURE_UNSIZED ? NO_SIZE :
					       NO_FIGURES;
}

/* Plain mem_info() counts the largest free block in blocks, and does not say how large they are. */
static void add_blocks(struct document *d, const struct error_info *e)
{
	uint64_t n = e->reference.max_free_blocks, n_bytes = n * USUAL_BLOCK_BYTES;

	if (e->cause != CAUSE_UNKNOWN || e->reference.n_dump == 0 || e->reference.block_bytes > 0 ||
	    n > NOT_KNOWN / USUAL_BLOCK_BYTES)
		return;
	doc_say(d, DOC_T("Largest free in dump "), DOC_N(e->reference.n_dump), DOC_T(": "), DOC_OF(n, "block"),
		DOC_T(", "), doc_exact(DOC_BYTES(n_bytes)), DOC_T(" on a 32-bit board"),
		DOC_T(e->asked_bytes == NOT_KNOWN ? "." :
		      e->asked_bytes > n_bytes    ? ": too small." :
						    ": large enough."));
}

/* "1024 B of other objects" */
static struct doc_span edge_words(struct document *d, uint8_t kind, uint64_t n_bytes)
{
	if (n_bytes == 0)
		return DOC_T("the edge of the area");
	if (kind == BLOCK_UNKNOWN)
		return DOC_T("missing rows");
	return DOC_T(arena_printf(&d->arena, "%" PRIu64 " B of %s%s", n_bytes, block_kind_name(kind),
				  kind == BLOCK_HEAD ? " data" : ""));
}

static void add_holes(struct document *d, const struct reference_snapshot *reference)
{
	if (reference->n_holes > 0)
		doc_say(d, DOC_T("Largest free blocks of dump "), DOC_N(reference->n_holes_dump), DOC_T(":"));
	for (size_t i = 0; i < MIN(reference->n_holes, (size_t)HOLES_SHOWN); i++) {
		const struct hole *hole = &reference->holes[i];
		doc_item(d, DOC_AT(hole->start), DOC_T(": "), doc_exact(DOC_BYTES(hole->size_bytes)),
			 DOC_T(" between "), edge_words(d, hole->left, hole->left_bytes), DOC_T(" and "),
			 edge_words(d, hole->right, hole->right_bytes));
	}
}

void report_add_error(struct document *d, const struct error_info *e, const char *what_to_do)
{
	const struct pool_state *heap = &e->reference.summary;
	bool is_tight = heap->total_bytes != NOT_KNOWN && heap->free_bytes < heap->total_bytes / 10;
	enum situation situation = situation_of(e);
	const struct doc_figure figures[] = {
		{ "what", DOC_T(e->failure == FAILURE_OTHER_POOL || e->failure == FAILURE_OF_C ? "Failed allocation" :
												 "MemoryError") },
		{ "line", DOC_N(e->line ? e->line : NOT_KNOWN) },
		{ "file", DOC_FILE(e->line && e->file ? e->file : "") },
		{ "asked", doc_exact(DOC_BYTES(e->asked_bytes)) },
		{ "cause", DOC_T(sentences[situation].cause) },
		{ "more", DOC_N(e->n_more ? e->n_more : NOT_KNOWN) },
		{ "prompt", DOC_T(e->failure == FAILURE_OF_C ? " as well" : ": even the prompt had no memory left") },
		{ "where", DOC_T(arena_printf(&d->arena, e->reference.n_dump ? "dump %" PRIu64 : "line %" PRIu64,
					      e->reference.n_dump ? e->reference.n_dump : e->reference.first_line)) },
		{ "free", doc_exact(DOC_BYTES(heap->free_bytes)) },
		{ "largest", doc_exact(DOC_BYTES(heap->lfb_bytes)) },
		{ "gap", doc_exact(DOC_BYTES(situation == FRAGMENTED ? heap->lfb_bytes : NOT_KNOWN)) },
		{ "gap_free", doc_exact(DOC_BYTES(heap->free_bytes)) },
		{ "total", doc_exact(DOC_BYTES(heap->total_bytes)) },
		{ "area", doc_exact(DOC_BYTES(e->reference.largest_area_bytes)) },
		{ "full",
		  is_tight ? doc_share(heap->total_bytes - heap->free_bytes, heap->total_bytes) : DOC_PART(NOT_KNOWN) },
	};

	doc_add_pattern(
		d, d->answer.n_spans == 0,
		"{what}[ at log line {line}][ of {file}][: {asked} requested], {cause}[: largest free is {gap} of {gap_free} free in {where}].",
		figures);
	d->severity = DOC_ACT;
	if (what_to_do)
		doc_say(d, DOC_T("Next: "), DOC_T(what_to_do));
	add_blocks(d, e);
	doc_add_pattern(d, false, sentences[situation].reason, figures);
	doc_add_pattern(d, false, "[{more} more failed right after it{prompt}.]", figures);
	if (e->cause == CAUSE_FRAGMENTED)
		add_holes(d, &e->reference);
}
