/* What a check reads of files: builds, firmware, memory files, and older ones to compare with. Logs are read by a feed,
 * and boards are asked by others, who add what they got. */
#pragma once

#include "memprof/analysis/check.h"
#include "memprof/analysis/first_alloc.h"
#include "memprof/analysis/imports.h"
#include "memprof/analysis/tests.h"
#include "memprof/input/build.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/layout_heaps.h"
#include "memprof/input/linker_scripts.h"

/* One side of a check, now or before; all-zero is nothing. */
struct check_files {
	struct build build;
	struct firmware_file bin; /* name NULL: none */
	struct layout layout;
	struct imports imports;
	struct tests tests;
	struct objects *objects; /* NULL: none */
	struct objects_report report;
	bool has_layout, has_imports, has_tests;
};

struct check_inputs {
	/* set by the caller */
	struct check *check; /* without a budget: all is read that the first one may limit */
	const char *map, *elf, *bin, *rules_name;
	struct linker_scripts scripts; /* no names: none */
	bool draws;                    /* a page is wanted, which lists symbols */
	bool compares;                 /* there are older files */
	struct notice_sink notices;
	/* results */
	struct check_files sides[N_CHECK_SIDES];
	struct components *rules;
	struct first_alloc *functions; /* n_functions, one for each that a limit names; of the check's arena */
	size_t n_functions;
};
void check_inputs_deinit(struct check_inputs *in); /* safe twice, and on all-zero */

/* Each of these is 0; or negative, after notices and check_fail. */
int check_inputs_read_build(struct check_inputs *in);
int check_inputs_read_memory(struct check_inputs *in, const char *name);
/* An older file; what it is of, its content tells. CHECK_OLD_LOG: a log, which the caller reads. may_be_missing: then
 * there is only a warning. */
enum { CHECK_OLD_LOG = 1 };
int check_inputs_read_old(struct check_inputs *in, const char *name, bool may_be_missing);
void check_inputs_fail_old(struct check_inputs *in, const char *name); /* what the caller could not read */
/* Takes the objects, also on failure. 0 or -ENOMEM, after a notice. */
int check_inputs_take_objects(struct check_inputs *in, enum check_side side, struct objects *objects);
/* Whether the build or the firmware that was named could not be read. */
bool check_inputs_lack_build(const struct check_inputs *in);

/* Offers all of it to the limits. 0 or -ENOMEM. */
int check_inputs_give(struct check_inputs *in);
/* Regions of the build that a first budget has no limit for, as they are windows onto flash: "drom0_0_seg,
 * irom0_0_seg"; nothing where there are none. */
void check_inputs_unlimited(struct strbuf *out, const struct check_inputs *in);
const struct image_region *check_inputs_overflowed(const struct check_inputs *in); /* of the build; or NULL */
/* A budget with a limit of 0 for each figure there is; check_fit finds the limits. */
void check_inputs_first_budget(struct strbuf *out, const struct check_inputs *in, const struct layout_heaps *heaps);
