/* The stack of each function, by its call frames: how far the CFA, the stack pointer's value before the call, is from
 * the stack pointer (DWARF 5, 6.4). */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "elf/functions.h"

/* A function's rows are computed from its beginning, one after the other: the time is their number times the bytes of
 * its entry. The largest entry of a MicroPython has 300 bytes, and all have 60,000 rows. */
static const uint64_t work_max_bytes = UINT64_C(1) << 30;

struct tables {
	Dwarf_CFI *of_dwarf, *of_elf; /* .debug_frame, .eh_frame; each may be NULL */
	uint64_t n_rows_left;
};

static bool row_at(struct tables *t, uint64_t address, Dwarf_Frame **ret)
{
	t->n_rows_left--;
	return (t->of_dwarf && dwarf_cfi_addrframe(t->of_dwarf, address, ret) == 0) ||
	       (t->of_elf && dwarf_cfi_addrframe(t->of_elf, address, ret) == 0);
}

/* The CFA as a register and a distance. */
static bool register_and_offset(Dwarf_Frame *frame, uint64_t *ret_register, int64_t *ret_offset)
{
	Dwarf_Op *ops;
	size_t n_ops;

	if (dwarf_frame_cfa(frame, &ops, &n_ops) != 0 || n_ops != 1)
		return false;
	bool is_short = ops->atom >= DW_OP_breg0 && ops->atom <= DW_OP_breg31;
	*ret_register = is_short ? (uint64_t)(ops->atom - DW_OP_breg0) : ops->number;
	*ret_offset = (int64_t)(is_short ? ops->number : ops->number2);
	return is_short || ops->atom == DW_OP_bregx;
}

/* Once a function has a frame pointer, the table tells no more of how the stack pointer moves: it may move on. At its
 * first row that is where the caller left it. */
static void read_frame(struct tables *t, struct image_function *f)
{
	uint64_t at = f->address, end = f->address + f->size_bytes, stack_pointer = NOT_KNOWN;

	while (at < end && t->n_rows_left) {
		Dwarf_Frame *frame = NULL;
		Dwarf_Addr row_end = at;
		uint64_t number;
		int64_t offset;
		if (!row_at(t, at, &frame))
			break;
		bool is_known = register_and_offset(frame, &number, &offset);
		dwarf_frame_info(frame, NULL, &row_end, NULL);
		free(frame);
		if (is_known && stack_pointer == NOT_KNOWN)
			stack_pointer = number;
		if (!is_known || number != stack_pointer)
			f->grows = true;
		else if (offset >= 0 && offset <= UINT32_MAX &&
			 (f->frame_bytes == NOT_KNOWN || (uint64_t)offset > f->frame_bytes))
			f->frame_bytes = (uint64_t)offset;
		if (row_end <= at)
			break;
		at = row_end;
	}
}

/* The largest entry of a table; 1 at least. */
static uint64_t largest_entry(Elf *elf, Elf_Data *data, bool is_eh_frame)
{
	Dwarf_Off at = 0, next;
	Dwarf_CFI_Entry entry;
	uint64_t n_most = 1;
	GElf_Ehdr header;

	if (!data || !gelf_getehdr(elf, &header))
		return 1;
	while (dwarf_next_cfi(header.e_ident, data, is_eh_frame, at, &next, &entry) == 0 && next > at) {
		n_most = MAX(n_most, (uint64_t)(next - at));
		at = next;
	}
	return n_most;
}

static Elf_Data *section_data(const struct elf_dwarf *d, const char *name)
{
	for (size_t i = 1; i < d->file->n_sections; i++)
		if (strcmp(d->file->sections[i].name.text, name) == 0)
			return elf_getdata(elf_getscn(d->elf, i), NULL);
	return NULL;
}

void elf_frames_read(struct elf_dwarf *d)
{
	struct image *image = d->file->image;
	struct tables t = { .of_dwarf = d->dwarf ? dwarf_getcfi(d->dwarf) : NULL, .of_elf = dwarf_getcfi_elf(d->elf) };
	uint64_t n_entry_bytes = MAX(largest_entry(d->elf, section_data(d, ".debug_frame"), false),
				     largest_entry(d->elf, section_data(d, ".eh_frame"), true));

	t.n_rows_left = work_max_bytes / n_entry_bytes;
	for (size_t i = 0; i < image->n_functions && t.n_rows_left; i++)
		read_frame(&t, &image->functions[i]);
	if (!t.n_rows_left)
		image_note(image, "the call frames of this ELF are damaged, or too large: frames are not known");
	dwarf_cfi_end(t.of_elf); /* that of DWARF ends with it */
}
