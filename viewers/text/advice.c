#include "text/parts.h"

static const char use_less[] =
	"keep less at a time. Let go of what is not needed any more (del, then gc.collect()), and read or\n"
	"build large things in parts; the table of kinds tells what there is most of.\n";

static const char hold_early[] =
	"make large buffers once, early in the program, and use them again; call gc.collect() before a\n"
	"large allocation. What stands in the way of a larger free block is marked on the map.\n";

/* The same for a firmware without Python. */
static const char use_less_c[] =
	"keep less at a time. Free earlier what is not needed any more, and read or build large things\n"
	"in parts.\n";

static const char hold_early_c[] =
	"allocate large buffers once, early in the program, and use them again, or give them a pool of\n"
	"their own. What stands in the way of a larger free block is marked on the map.\n";

static const char ask_less[] =
	"ask for less at once. No freeing helps here: read or build it in parts, or take a board with\n"
	"more memory.\n";

static const char collect_first[] =
	"call gc.collect() right before the allocation, and make large buffers early. If it fails in an\n"
	"interrupt handler, allocate before, and only use there what is there.\n";

static const char find_writer[] =
	"find what writes past its end, close to where the figures of that pool end: its used and free\n"
	"bytes after its start. What is allocated or freed there from now on may crash the board.\n";

static const char not_there[] =
	"allocate nothing where the heap is locked, as in a hard interrupt handler. Make what is needed\n"
	"before.\n";

static const char firmware_memory[] =
	"leave more to the firmware: fewer connections, smaller camera frames, or a smaller Python heap.\n";

static const char *after_error(const struct error_info *error)
{
	static const char *const words[] = {
		[CAUSE_OUT_OF_MEMORY] = use_less,     [CAUSE_FRAGMENTED] = hold_early, [CAUSE_FITS_NOW] = collect_first,
		[CAUSE_OTHER_POOL] = firmware_memory, [CAUSE_LOCKED] = not_there,      [CAUSE_UNKNOWN] = NULL,
	};
	bool never = error->cause == CAUSE_OUT_OF_MEMORY && report_never_fits(error->asked_bytes, &error->reference);

	return never ? ask_less : words[error->cause];
}

static bool has_gc_heap(const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_pools; i++)
		if (heap->pools[i].kind == POOL_GC)
			return true;
	return false;
}

void text_advice(struct strbuf *out, const struct text_report *report, enum health health)
{
	static const char *const words[] = {
		[HEALTH_ROOM] = NULL,
		[HEALTH_SPLIT] = NULL,
		[HEALTH_FRAGMENTED] = hold_early,
		[HEALTH_NEARLY_FULL] = use_less,
		[HEALTH_FULL] = use_less,
		[HEALTH_DAMAGED] = find_writer,
		[HEALTH_UNKNOWN] = NULL,
	};
	const char *what = report->n_errors > 0 ? after_error(&report->errors[report->n_errors - 1]) : NULL;

	if (!what)
		what = words[health];
	if (!has_gc_heap(report->dump->heap))
		what = what == use_less ? use_less_c : what == hold_early ? hold_early_c : what;
	if (what)
		strbuf_printf(out, "Next: %s", what);
}
