#include <string.h>

#include "memprof/analysis/budget.h"

enum {
	ROOMS = SUBJECT_BIT(SUBJECT_REGION) | SUBJECT_BIT(SUBJECT_PARTITION) | SUBJECT_BIT(SUBJECT_HEAP),
	SIZES = SUBJECT_BIT(SUBJECT_SECTION) | SUBJECT_BIT(SUBJECT_COMPONENT) | SUBJECT_BIT(SUBJECT_ARCHIVE) |
		SUBJECT_BIT(SUBJECT_OBJECT) | SUBJECT_BIT(SUBJECT_SYMBOL) | SUBJECT_BIT(SUBJECT_FROZEN) |
		SUBJECTS_OF_SOURCES | SUBJECT_BIT(SUBJECT_IMAGE),
	HEAP = SUBJECT_BIT(SUBJECT_HEAP),
	IMPORT = SUBJECT_BIT(SUBJECT_IMPORT),
	TEST = SUBJECT_BIT(SUBJECT_TEST),
	FUNCTION = SUBJECT_BIT(SUBJECT_FUNCTION),
};

const char *figure_subject_name(enum figure_subject subject)
{
	static const char *const names[] = {
		[SUBJECT_REGION] = "region",   [SUBJECT_SECTION] = "section", [SUBJECT_COMPONENT] = "component",
		[SUBJECT_ARCHIVE] = "archive", [SUBJECT_OBJECT] = "object",   [SUBJECT_SYMBOL] = "symbol",
		[SUBJECT_FROZEN] = "frozen",   [SUBJECT_IMAGE] = "image",     [SUBJECT_PARTITION] = "partition",
		[SUBJECT_IMPORT] = "import",   [SUBJECT_GLOBAL] = "global",   [SUBJECT_MODULE] = "module",
		[SUBJECT_CLASS] = "class",     [SUBJECT_HEAP] = "heap",       [SUBJECT_SOURCE] = "source",
		[SUBJECT_FOLDER] = "folder",   [SUBJECT_TEST] = "test",       [SUBJECT_FUNCTION] = "function",
	};
	return names[subject];
}

const char *figure_subject_noun(enum figure_subject subject)
{
	return subject == SUBJECT_FROZEN ? "frozen module" : figure_subject_name(subject);
}

const char *figure_kind_name(enum figure_kind figure)
{
	static const char *const names[] = {
		[FIGURE_USED] = "used",
		[FIGURE_FREE] = "free",
		[FIGURE_END] = "end",
		[FIGURE_SIZE] = "size",
		[FIGURE_LARGEST_FREE] = "largest_free",
		[FIGURE_FRAGMENTATION] = "fragmentation",
		[FIGURE_FITS] = "fits",
		[FIGURE_OBJECTS] = "objects",
		[FIGURE_LEAK] = "leak per hour",
		[FIGURE_SEVERITY] = "severity",
		[FIGURE_KEPT] = "kept",
		[FIGURE_PEAK] = "peak",
		[FIGURE_RETAINED] = "retained",
		[FIGURE_COLLECTIONS] = "collections",
		[FIGURE_COLLECTING] = "collecting",
		[FIGURE_ALLOCATIONS] = "allocations",
	};
	return names[figure];
}

const char *budget_when_name(enum budget_when when)
{
	static const char *const names[] = {
		[WHEN_LAST] = "last", [WHEN_ANY] = "any", [WHEN_EVERY] = "every",
		[WHEN_MIN] = "min",   [WHEN_MAX] = "max", [WHEN_MARK] = "mark",
	};
	return names[when];
}

const struct limit_spec limit_specs[] = {
	{ "max_used", ROOMS, FIGURE_USED, UNIT_BYTES, .percent = true, .summary = "at most so much of it is used" },
	{ "min_free", ROOMS, FIGURE_FREE, UNIT_BYTES, .least = true, .percent = true,
	  .summary = "at least so much of it is free" },
	{ "max_end", SUBJECT_BIT(SUBJECT_REGION), FIGURE_END, UNIT_BYTES, .percent = true,
	  .summary = "its last section ends at most so far behind its beginning" },
	{ "max_size", SIZES, FIGURE_SIZE, UNIT_BYTES, .summary = "it is at most so large" },
	{ "min_largest_free", HEAP, FIGURE_LARGEST_FREE, UNIT_BYTES, .least = true, .percent = true,
	  .summary = "the largest free block has at least so much" },
	{ "min_largest_free", IMPORT, FIGURE_LARGEST_FREE, UNIT_BYTES, .least = true,
	  .summary = "the largest free block after it has at least so much" },
	{ "min_largest_free", TEST, FIGURE_LARGEST_FREE, UNIT_BYTES, .least = true,
	  .summary = "the largest free block is never smaller than this" },
	{ "max_fragmentation", HEAP, FIGURE_FRAGMENTATION, UNIT_RATIO, .percent = true,
	  .summary = "1 - largest free / free is at most this, 0 to 1" },
	{ "fits", HEAP, FIGURE_FITS, UNIT_COUNT, .least = true, .summary = "so many bytes find room, so many times" },
	{ "max_objects", HEAP, FIGURE_OBJECTS, UNIT_COUNT, .summary = "at most so many objects, of a kind or of all" },
	{ "max_objects", SUBJECTS_OF_OBJECTS, FIGURE_OBJECTS, UNIT_COUNT,
	  .summary = "it holds at most so many objects" },
	{ "max_retained", SUBJECTS_OF_OBJECTS, FIGURE_RETAINED, UNIT_BYTES, .summary = "it holds at most so much" },
	{ "max_leak_per_hour", HEAP, FIGURE_LEAK, UNIT_BYTES_PER_HOUR,
	  .summary = "what stays after collections rises at most so fast" },
	{ "max_severity", HEAP, FIGURE_SEVERITY, UNIT_COUNT,
	  .summary = "the verdict is at most so severe: 0 fine, 1 look, 2 act" },
	{ "max_kept", IMPORT | TEST, FIGURE_KEPT, UNIT_BYTES, .summary = "at most so much stays used after it" },
	{ "max_peak", IMPORT | TEST, FIGURE_PEAK, UNIT_BYTES, .summary = "it needs at most so much for a while" },
	{ "max_collections", TEST, FIGURE_COLLECTIONS, UNIT_COUNT, .summary = "at most so many garbage collections" },
	{ "max_collecting_ms", TEST, FIGURE_COLLECTING, UNIT_MILLISECONDS,
	  .summary = "they take at most so many milliseconds together" },
	{ "max_allocations", FUNCTION, FIGURE_ALLOCATIONS, UNIT_COUNT, .zero = true,
	  .summary = "0: no call of it allocates" },

	{ "max_growth", ROOMS, FIGURE_USED, UNIT_BYTES, .growth = true, .percent = true,
	  .summary = "at most so much more of it is used than before" },
	{ "max_growth", SIZES, FIGURE_SIZE, UNIT_BYTES, .growth = true, .percent = true,
	  .summary = "it is at most so much larger than before" },
	{ "max_growth", IMPORT | TEST, FIGURE_KEPT, UNIT_BYTES, .growth = true, .percent = true,
	  .summary = "at most so much more stays used than before" },
	{ "max_growth", SUBJECTS_OF_OBJECTS, FIGURE_RETAINED, UNIT_BYTES, .growth = true, .percent = true,
	  .summary = "it holds at most so much more than before" },
	{ "max_free_loss", ROOMS, FIGURE_FREE, UNIT_BYTES, .loss = true, .percent = true,
	  .summary = "at most so much less of it is free than before" },
	{ "max_largest_free_loss", HEAP | IMPORT | TEST, FIGURE_LARGEST_FREE, UNIT_BYTES, .loss = true, .percent = true,
	  .summary = "the largest free block is at most so much smaller" },
	{ "max_fragmentation_growth", HEAP, FIGURE_FRAGMENTATION, UNIT_RATIO, .growth = true,
	  .summary = "the fragmentation is at most so much higher, 0 to 1" },
	{ "max_fits_loss", HEAP, FIGURE_FITS, UNIT_COUNT, .loss = true,
	  .summary = "what fits does so at most so many times less often" },
	{ "max_objects_growth", HEAP | SUBJECTS_OF_OBJECTS, FIGURE_OBJECTS, UNIT_COUNT, .growth = true, .percent = true,
	  .summary = "at most so many objects more than before" },
	{ "max_leak_growth", HEAP, FIGURE_LEAK, UNIT_BYTES_PER_HOUR, .growth = true,
	  .summary = "what stays rises faster by at most so much" },
	{ "max_peak_growth", IMPORT | TEST, FIGURE_PEAK, UNIT_BYTES, .growth = true, .percent = true,
	  .summary = "it needs at most so much more for a while than before" },
	{ "max_collections_growth", TEST, FIGURE_COLLECTIONS, UNIT_COUNT, .growth = true, .percent = true,
	  .summary = "at most so many garbage collections more than before" },
	{ 0 }
};

const struct limit_spec *limit_spec_find(const char *key, enum figure_subject subject)
{
	for (const struct limit_spec *spec = limit_specs; spec->key; spec++)
		if ((spec->subjects & SUBJECT_BIT(subject)) && strcmp(spec->key, key) == 0)
			return spec;
	return NULL;
}
