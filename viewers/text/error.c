/* Why an allocation failed, in a sentence or two. */
#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/cut.h"

static void say_edge(struct strbuf *out, uint8_t kind, uint64_t bytes, const struct text_style *style)
{
	if (bytes == 0)
		strbuf_puts(out, "the area's edge");
	else if (kind == BLOCK_UNKNOWN)
		strbuf_puts(out, "missing rows");
	else
		strbuf_printf(out, "%c %s of %s", kind, block_kind_name(kind), exact_words(bytes, style).text);
}

/* Plain mem_info() counts the largest free block in blocks, and does not tell their size. */
static void say_blocks(struct strbuf *out, const struct error_info *e, const struct text_style *style)
{
	enum { USUAL_BLOCK_BYTES = 16 };
	uint64_t n = e->reference.max_free_blocks;

	if (e->reference.n_dump == 0 || e->reference.block_bytes > 0 || n > NOT_KNOWN / USUAL_BLOCK_BYTES)
		return;
	strbuf_printf(out,
		      "  Dump %" PRIu64
		      " has %s blocks in one piece: %s if a block has %d B, as on\n  32-bit boards%s.\n",
		      e->reference.n_dump, count_words(n, style).text, exact_words(n * USUAL_BLOCK_BYTES, style).text,
		      USUAL_BLOCK_BYTES,
		      e->asked_bytes == NOT_KNOWN            ? "" :
		      e->asked_bytes > n * USUAL_BLOCK_BYTES ? "; then it is too small" :
							       "; then it is large enough");
}

static void say_holes(struct strbuf *out, const struct reference_snapshot *w, const struct text_style *style)
{
	if (w->n_holes > 0)
		strbuf_printf(out, "  The largest holes of dump %" PRIu64 ":\n", w->n_holes_dump);
	for (size_t i = 0; i < MIN(w->n_holes, (size_t)3); i++) {
		strbuf_printf(out, "    0x%" PRIx64, w->holes[i].start);
		text_right(out, 12, exact_words(w->holes[i].size_bytes, style).text);
		strbuf_puts(out, " free between ");
		say_edge(out, w->holes[i].left, w->holes[i].left_bytes, style);
		strbuf_puts(out, " and ");
		say_edge(out, w->holes[i].right, w->holes[i].right_bytes, style);
		strbuf_putc(out, '\n');
	}
}

/* "Dump 3", "Line 27": where the figures are from. */
static void say_where(struct strbuf *out, const struct reference_snapshot *w)
{
	if (w->n_dump > 0)
		strbuf_printf(out, "  Dump %" PRIu64, w->n_dump);
	else
		strbuf_printf(out, "  Line %" PRIu64, w->first_line);
}

void text_error(struct strbuf *out, const struct error_info *e, const struct text_style *style)
{
	static const char *const words[] = {
		[CAUSE_OUT_OF_MEMORY] = "out of memory",    [CAUSE_FRAGMENTED] = "fragmented",
		[CAUSE_FITS_NOW] = "it would fit now",      [CAUSE_OTHER_POOL] = "another pool failed",
		[CAUSE_LOCKED] = "the heap was locked",     [CAUSE_UNKNOWN] = "cause not known",
		[CAUSE_NOT_FULL] = "the heap was not full",
	};
	const struct pool_state *heap = &e->reference.summary;

	text_in_role(out, style, ROLE_WARNING,
		     e->failure == FAILURE_OTHER_POOL || e->failure == FAILURE_OF_C ? "Failed allocation" :
										      "MemoryError");
	if (e->line)
		strbuf_printf(out, " in line %" PRIu64, e->line);
	if (e->line && e->file) {
		strbuf_puts(out, " of ");
		text_clean(out, style->is_page ? text_input_name(e->file) : e->file);
	}
	if (e->asked_bytes != NOT_KNOWN)
		strbuf_printf(out, ", %s asked", exact_words(e->asked_bytes, style).text);
	strbuf_printf(out, ": %s.\n",
		      e->cause == CAUSE_FITS_NOW && e->reference_before ? "there was room before it" :
		      e->cause == CAUSE_UNKNOWN && e->grew_until        ? "it grew until there was no room" :
									  words[e->cause]);
	if (e->n_more > 0)
		strbuf_printf(out, "  %s more right after it%s.\n", count_words(e->n_more, style).text,
			      e->failure == FAILURE_OF_C ? "" : ": even the prompt had no memory left");
	switch (e->cause) {
	case CAUSE_OUT_OF_MEMORY:
		if (e->full_after)
			strbuf_puts(out, "  After it the board had no memory left to report its heap.\n");
		else if (report_never_fits(e->asked_bytes, &e->reference) && e->asked_bytes <= heap->total_bytes)
			strbuf_printf(out,
				      "  It can never fit: the largest area of the heap is %s (dump %" PRIu64 ").\n",
				      exact_words(e->reference.largest_area_bytes, style).text, e->reference.n_dump);
		else if (report_never_fits(e->asked_bytes, &e->reference))
			strbuf_printf(out, "  It can never fit: the whole heap is only %s (dump %" PRIu64 ").\n",
				      exact_words(heap->total_bytes, style).text, e->reference.n_dump);
		else if (e->asked_bytes != NOT_KNOWN) {
			say_where(out, &e->reference);
			strbuf_printf(out, " has %s free in all. Use less, or free something first.\n",
				      exact_words(heap->free_bytes, style).text);
		} else {
			strbuf_puts(out, "  There was no room even for the message.\n");
			say_where(out, &e->reference);
			strbuf_printf(out, " has %s free in all.\n", exact_words(heap->free_bytes, style).text);
		}
		break;
	case CAUSE_FRAGMENTED:
		say_where(out, &e->reference);
		strbuf_printf(out, " has %s free, but only %s in one piece%s\n",
			      exact_words(heap->free_bytes, style).text, exact_words(heap->lfb_bytes, style).text,
			      e->reference.n_holes ? "." : ", and no table.");
		say_holes(out, &e->reference, style);
		if (heap->total_bytes != NOT_KNOWN && heap->free_bytes < heap->total_bytes / 10)
			strbuf_printf(out, "  The heap is %.0f %% full besides: use less first.\n",
				      100 - 100 * (double)heap->free_bytes / (double)heap->total_bytes);
		break;
	case CAUSE_FITS_NOW:
		if (e->reference_before) {
			say_where(out, &e->reference);
			strbuf_printf(
				out,
				", made before it, has %s in one piece. Either the heap filled\n  since, or it was a peak inside a call, or the heap was locked (an interrupt\n"
				"  handler). memprof snap right after the error tells which.\n",
				exact_words(heap->lfb_bytes, style).text);
			break;
		}
		strbuf_printf(
			out,
			"  Dump %" PRIu64
			" has %s in one piece, so what stood in the way was there only for\n  a moment: a peak inside a call, garbage that was collected"
			" since, or a locked\n  heap (an interrupt handler).\n",
			e->reference.n_dump, exact_words(heap->lfb_bytes, style).text);
		break;
	case CAUSE_NOT_FULL:
		say_where(out, &e->reference);
		strbuf_printf(out, " has %s free. ", exact_words(heap->free_bytes, style).text);
		strbuf_puts(out, e->failure == FAILURE_OF_C ?
					 "Either no block was as large: print the\n"
					 "  largest free block, too. Or it asked for other memory (internal, DMA).\n" :
					 "Either no block was as large, or the heap\n"
					 "  was locked (an interrupt handler): mem_info(1) before it shows which.\n");
		break;
	case CAUSE_OTHER_POOL:
		strbuf_puts(out,
			    "  This is not the heap of Python: the message comes from memory that the\n"
			    "  firmware manages itself (Wi-Fi, native code, camera frames). gc.collect()\n"
			    "  does not help there.\n");
		break;
	case CAUSE_LOCKED:
		strbuf_puts(out,
			    "  Code that may not allocate did: a hard interrupt handler, or between\n"
			    "  heap_lock() and heap_unlock(). Allocate before, and use what is there.\n");
		break;
	case CAUSE_UNKNOWN:
		say_blocks(out, e, style);
		if (e->grew_until)
			break;
		if (e->failure == FAILURE_OF_C)
			strbuf_puts(out, e->asked_bytes == NOT_KNOWN ?
						 "  The message has no size.\n" :
						 "  No figures near it tell how much was free.\n");
		else if (e->failure == FAILURE_UNSIZED)
			strbuf_puts(out,
				    "  The message has no size: it was cut off, or the heap was locked (an interrupt\n"
				    "  handler), or had no room for the message itself. If you know how much was\n"
				    "  asked for, --need tells whether it fits.\n");
		else
			strbuf_puts(out, "  No dump near it tells enough: run memprof snap right after the error.\n");
		break;
	}
}
