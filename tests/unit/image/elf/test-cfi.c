#include "elf/cfi.h"

#include <dwarf.h>

#include "memprof/base/number.h"
#include "unit.h"

enum { SP = 13, FP = 7 };

/* Runs them after a CIE that has the stack pointer, and nothing on the stack. */
static bool run(struct cfi_frame *frame, const uint8_t *bytes, size_t n_bytes)
{
	static const uint8_t common[] = { DW_CFA_def_cfa, SP, 0 };

	*frame = cfi_frame_init;
	assert_true(cfi_run(frame, (struct cursor){ .at = common, .end = common + sizeof(common) }, -4, 4, true));
	assert_true(frame->most_bytes == UINT64_MAX && frame->stack_pointer == UINT64_MAX);
	return cfi_run(frame, (struct cursor){ .at = bytes, .end = bytes + n_bytes }, -4, 4, false);
}
#define EXECUTE(frame, ...) run(frame, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void assert_frame(const struct cfi_frame *frame, uint64_t most_bytes, bool grows)
{
	assert_int_equal(frame->most_bytes, most_bytes);
	assert_int_equal(frame->grows, grows);
	assert_int_equal(frame->stack_pointer, SP);
}

UNIT_TEST(rows)
{
	struct cfi_frame frame;

	assert_true(EXECUTE(&frame, DW_CFA_nop));
	assert_frame(&frame, 0, false);
	/* push {r4, lr}; sub sp, #0x188: what it saves is of no account, the most counts, not the last */
	assert_true(EXECUTE(&frame, DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 8, DW_CFA_offset | 4, 2,
			    DW_CFA_advance_loc1, 2, DW_CFA_def_cfa_offset, 0x90, 0x03, DW_CFA_advance_loc4, 1, 0, 0, 0,
			    DW_CFA_def_cfa_offset, 8));
	assert_frame(&frame, 0x190, false);
	/* Both of one place: there is no row between them. */
	assert_true(EXECUTE(&frame, DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 64, DW_CFA_def_cfa_offset, 16));
	assert_frame(&frame, 16, false);
	assert_true(EXECUTE(&frame, DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset_sf, 0x7c)); /* -4 by -4 */
	assert_frame(&frame, 16, false);
}

UNIT_TEST(frame_pointers_and_expressions)
{
	struct cfi_frame frame;

	assert_true(EXECUTE(&frame, DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 24, DW_CFA_advance_loc | 1,
			    DW_CFA_def_cfa_register, FP, DW_CFA_advance_loc | 9, DW_CFA_def_cfa, FP, 99));
	assert_frame(&frame, 24, true);
	assert_true(EXECUTE(&frame, DW_CFA_remember_state, DW_CFA_advance_loc | 1, DW_CFA_def_cfa_expression, 2, 1, 2,
			    DW_CFA_advance_loc | 1, DW_CFA_restore_state, DW_CFA_def_cfa_offset, 40));
	assert_frame(&frame, 40, true);
}

UNIT_TEST(what_is_damaged)
{
	struct cfi_frame frame;

	assert_false(EXECUTE(&frame, DW_CFA_def_cfa_offset));              /* cut */
	assert_false(EXECUTE(&frame, DW_CFA_def_cfa_offset, 0x80, 0x80));  /* … within a number */
	assert_false(EXECUTE(&frame, DW_CFA_def_cfa_expression, 3, 1, 2)); /* … within a block */
	assert_false(EXECUTE(&frame, 0x3e));                               /* not an instruction */
	assert_false(EXECUTE(&frame, DW_CFA_restore_state));
	uint8_t many[100];
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = DW_CFA_remember_state;
	assert_false(run(&frame, many, sizeof(many)));
	assert_true(
		EXECUTE(&frame, DW_CFA_def_cfa_offset, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)); /* no frame is so large */
	assert_int_equal(frame.most_bytes, UINT64_MAX);
}
