#include "elf/cfi.h"

#include <dwarf.h>

#include "memprof/base/number.h"

enum { REMEMBERED_MAX = 16 };

const struct cfi_frame cfi_frame_init = { .stack_pointer = UINT64_MAX, .most_bytes = UINT64_MAX };

/* ---- instructions ---- */

/* What follows each: u, s a number of variable length; b its length and so many bytes; 1, 2, 4, 8 so many bytes; a an
 * address. ADVANCES: a row ends there. */
#define ADVANCES 1
static const struct {
	const char *operands;
	unsigned flags;
} shapes[0x40] = {
	[DW_CFA_nop] = { "", 0 },
	[DW_CFA_set_loc] = { "a", ADVANCES },
	[DW_CFA_advance_loc1] = { "1", ADVANCES },
	[DW_CFA_advance_loc2] = { "2", ADVANCES },
	[DW_CFA_advance_loc4] = { "4", ADVANCES },
	[DW_CFA_MIPS_advance_loc8] = { "8", ADVANCES },
	[DW_CFA_offset_extended] = { "uu", 0 },
	[DW_CFA_restore_extended] = { "u", 0 },
	[DW_CFA_undefined] = { "u", 0 },
	[DW_CFA_same_value] = { "u", 0 },
	[DW_CFA_register] = { "uu", 0 },
	[DW_CFA_remember_state] = { "", 0 },
	[DW_CFA_restore_state] = { "", 0 },
	[DW_CFA_def_cfa] = { "uu", 0 },
	[DW_CFA_def_cfa_register] = { "u", 0 },
	[DW_CFA_def_cfa_offset] = { "u", 0 },
	[DW_CFA_def_cfa_expression] = { "b", 0 },
	[DW_CFA_expression] = { "ub", 0 },
	[DW_CFA_offset_extended_sf] = { "us", 0 },
	[DW_CFA_def_cfa_sf] = { "us", 0 },
	[DW_CFA_def_cfa_offset_sf] = { "s", 0 },
	[DW_CFA_val_offset] = { "uu", 0 },
	[DW_CFA_val_offset_sf] = { "us", 0 },
	[DW_CFA_val_expression] = { "ub", 0 },
	[DW_CFA_GNU_window_save] = { "", 0 },
	[DW_CFA_GNU_args_size] = { "u", 0 },
	[DW_CFA_GNU_negative_offset_extended] = { "uu", 0 },
};

static uint64_t operand(struct cursor *c, char kind, unsigned address_bytes)
{
	uint64_t value = kind == 'u' || kind == 'b' ? cursor_uleb(c) :
			 kind == 's'                ? (uint64_t)cursor_sleb(c) :
				       cursor_number(c, kind == 'a' ? address_bytes : (unsigned)(kind - '0'));

	if (kind == 'b' && value > (uint64_t)(c->end - c->at))
		c->damaged = true;
	else if (kind == 'b')
		c->at += value;
	return value;
}

struct run {
	struct cfi_frame *frame;
	struct cfi_rule remembered[REMEMBERED_MAX];
	size_t n_remembered;
	int64_t data_factor;
	bool common, damaged;
};

/* A rule as it is for some instruction of the program. */
static void end_row(struct run *r)
{
	struct cfi_frame *f = r->frame;

	if (r->common)
		return;
	if (f->rule.is_known && f->stack_pointer == UINT64_MAX)
		f->stack_pointer = f->rule.number;
	if (!f->rule.is_known || f->rule.number != f->stack_pointer)
		f->grows = true;
	else if (f->rule.offset >= 0 && f->rule.offset <= UINT32_MAX)
		f->most_bytes = f->most_bytes == UINT64_MAX ? (uint64_t)f->rule.offset :
							      MAX(f->most_bytes, (uint64_t)f->rule.offset);
}

static void remember(struct run *r)
{
	if (r->n_remembered == REMEMBERED_MAX)
		r->damaged = true;
	else
		r->remembered[r->n_remembered++] = r->frame->rule;
}

static void restore(struct run *r)
{
	if (r->n_remembered == 0)
		r->damaged = true;
	else
		r->frame->rule = r->remembered[--r->n_remembered];
}

/* A factor of GCC's is -4 or so; damaged ones do not overflow. */
static int64_t scaled(const struct run *r, uint64_t value) { return (int64_t)(value * (uint64_t)r->data_factor); }

static void execute(struct run *r, uint8_t op, const uint64_t operands[2])
{
	struct cfi_rule *rule = &r->frame->rule;

	switch (op) {
	case DW_CFA_remember_state:
		remember(r);
		break;
	case DW_CFA_restore_state:
		restore(r);
		break;
	case DW_CFA_def_cfa:
		*rule = (struct cfi_rule){ operands[0], (int64_t)operands[1], true };
		break;
	case DW_CFA_def_cfa_sf:
		*rule = (struct cfi_rule){ operands[0], scaled(r, operands[1]), true };
		break;
	case DW_CFA_def_cfa_register: /* GCC for RISC-V begins with it: the offset is 0 */
		rule->number = operands[0];
		rule->is_known = true;
		break;
	case DW_CFA_def_cfa_offset:
		rule->offset = (int64_t)operands[0];
		break;
	case DW_CFA_def_cfa_offset_sf:
		rule->offset = scaled(r, operands[0]);
		break;
	case DW_CFA_def_cfa_expression:
		rule->is_known = false;
		break;
	default: /* where registers are saved */
		break;
	}
}

/* One instruction; those with operands in their low bits are advances, and where a register is saved. */
static void step(struct run *r, struct cursor *c, unsigned address_bytes)
{
	uint8_t op = (uint8_t)cursor_number(c, 1), high = op & 0xc0;
	uint64_t operands[2] = { 0, 0 };

	if (high) {
		if (high == DW_CFA_advance_loc)
			end_row(r);
		else if (high == DW_CFA_offset)
			cursor_uleb(c);
		return;
	}
	const char *kinds = shapes[op].operands;
	if (!kinds) {
		r->damaged = true;
		return;
	}
	for (size_t i = 0; kinds[i]; i++)
		operands[i] = operand(c, kinds[i], address_bytes);
	if (shapes[op].flags & ADVANCES)
		end_row(r);
	else
		execute(r, op, operands);
}

bool cfi_run(struct cfi_frame *frame, struct cursor instructions, int64_t data_factor, unsigned address_bytes,
	     bool common)
{
	struct run r = { .frame = frame, .data_factor = data_factor, .common = common };

	while (instructions.at < instructions.end && !instructions.damaged && !r.damaged)
		step(&r, &instructions, address_bytes);
	end_row(&r);
	return !instructions.damaged && !r.damaged;
}
