/* The stack of each function, by its call frames: the largest distance of the CFA, the stack pointer's value before the
 * call, from the stack pointer. libdw finds the entries; it knows the registers of some processors only, so cfi.c runs
 * them. */
#include <dwarf.h>
#include <string.h>

#include "elf/cfi.h"
#include "elf/dwarf.h"
#include "memprof/base/bytes.h"
#include "memprof/base/search.h"
#include "slice.h"

enum {
	FUNCTIONS_MAX = 64,     /* of one entry */
	COMMON_MAX_BYTES = 256, /* instructions of a CIE: those of compilers have less than 30 */
};

/* .debug_frame or .eh_frame. */
struct table {
	const struct elf_file *file;
	Elf_Data *data;
	uint64_t vma;
	bool is_eh_frame, to_others;
	/* The CIE that was read last. */
	uint64_t i_common;
	struct cfi_frame common;
	int64_t data_factor;
	uint8_t encoding; /* of addresses */
	bool is_known, has_augmentation;
};

static struct cursor cursor_at(const struct table *t, const uint8_t *begin, const uint8_t *end)
{
	return (struct cursor){ .at = begin, .end = end, .big = elf_is_big_endian(t->file) };
}

static int next(const struct table *t, Dwarf_Off at, Dwarf_Off *ret_next, Dwarf_CFI_Entry *ret)
{
	return dwarf_next_cfi((const unsigned char *)t->file->header.e_ident, t->data, t->is_eh_frame, at, ret_next,
			      ret);
}

/* ---- addresses ---- */

/* Of a number in this encoding; 0: one of variable length, which linked programs do not have. */
static unsigned width_of(const struct table *t, uint8_t encoding)
{
	static const uint8_t widths[8] = { [DW_EH_PE_udata2] = 2, [DW_EH_PE_udata4] = 4, [DW_EH_PE_udata8] = 8 };

	return (encoding & 7) == DW_EH_PE_absptr ? elf_address_bytes(t->file) : widths[encoding & 7];
}

/* Of the augmentation "zPLR" the letter R has how addresses are written; P is a pointer in an encoding of its own.
 * False: it is damaged. */
static bool read_augmentation(struct table *t, const Dwarf_CIE *cie)
{
	const char *letters = cie->augmentation;
	struct cursor c = cursor_at(t, cie->augmentation_data, cie->augmentation_data + cie->augmentation_data_size);

	t->encoding = DW_EH_PE_absptr;
	t->has_augmentation = letters[0] == 'z';
	if (!t->has_augmentation) /* armcc's name only says that its signed offsets are factored, as they should be */
		return !letters[0] || strcmp(letters, "armcc+") == 0;
	for (letters++; *letters; letters++) {
		uint8_t encoding = strchr("LPR", *letters) ? (uint8_t)cursor_number(&c, 1) : 0;
		if (*letters == 'R')
			t->encoding = encoding;
		else if (*letters == 'P')
			cursor_number(&c, width_of(t, encoding));
	}
	return !c.damaged;
}

/* An address, or with the same width a number of bytes. False: an encoding that linked programs do not have. */
static bool read_encoded(const struct table *t, struct cursor *c, bool is_address, uint64_t *ret)
{
	uint8_t relative = t->encoding & 0x70;
	unsigned n_bytes = width_of(t, t->encoding);
	uint64_t vma = t->vma + (uint64_t)(c->at - (const uint8_t *)t->data->d_buf);

	if (!n_bytes || (relative && relative != DW_EH_PE_pcrel) || (t->encoding & DW_EH_PE_indirect))
		return false;
	*ret = cursor_number(c, n_bytes);
	if (!is_address)
		return !c->damaged;
	if (n_bytes < 8 && (t->encoding & DW_EH_PE_signed) && (*ret >> (8 * n_bytes - 1) & 1))
		*ret |= UINT64_MAX << (8 * n_bytes);
	if (relative)
		*ret += vma;
	if (elf_address_bytes(t->file) == 4)
		*ret &= UINT32_MAX;
	return !c->damaged;
}

/* ---- entries ---- */

static void read_common(struct table *t, Dwarf_Off at)
{
	Dwarf_CFI_Entry entry;
	Dwarf_Off following;

	if (t->i_common == at)
		return;
	t->i_common = at;
	t->is_known = next(t, at, &following, &entry) == 0 && dwarf_cfi_cie_p(&entry) && entry.cie.augmentation &&
		      (!entry.cie.augmentation[0] || entry.cie.augmentation_data) && read_augmentation(t, &entry.cie);
	t->is_known = t->is_known &&
		      entry.cie.initial_instructions_end - entry.cie.initial_instructions <= COMMON_MAX_BYTES;
	if (!t->is_known)
		return;
	t->common = cfi_frame_init;
	t->data_factor = entry.cie.data_alignment_factor;
	t->is_known = cfi_run(&t->common,
			      cursor_at(t, entry.cie.initial_instructions, entry.cie.initial_instructions_end),
			      t->data_factor, elf_address_bytes(t->file), true);
}

static void take(struct image_function *f, const struct cfi_frame *frame)
{
	f->grows |= frame->grows;
	if (frame->most_bytes != UINT64_MAX && (f->frame_bytes == NOT_KNOWN || frame->most_bytes > f->frame_bytes))
		f->frame_bytes = frame->most_bytes;
}

/* The function that an entry begins in: assembly may have several entries. */
static void give_to_function(const struct image *image, uint64_t address, const struct cfi_frame *frame)
{
	size_t i = search_while(image->n_functions, k, image->functions[k].address <= address);
	struct image_function *f = i ? &image->functions[i - 1] : NULL;

	if (f && (f->address == address || address - f->address < f->size_bytes))
		take(f, frame);
}

/* Functions behind the first one of an entry, as assembly has them, if they have no entry of their own. */
static void give_to_others(const struct image *image, uint64_t address, uint64_t n_bytes, const struct cfi_frame *frame)
{
	size_t i = search_while(image->n_functions, k, image->functions[k].address <= address);
	size_t end = MIN(image->n_functions, i + FUNCTIONS_MAX);

	for (; i < end && image->functions[i].address - address < n_bytes; i++)
		if (image->functions[i].frame_bytes == NOT_KNOWN)
			take(&image->functions[i], frame);
}

/* Linkers leave entries of discarded functions at 0. */
static bool is_discarded(const struct image *image, uint64_t address, uint64_t n_bytes)
{
	uint32_t i = address == 0 ? image_function_at(image, 0) : IMAGE_NONE;

	return address == 0 && (i == IMAGE_NONE || image->functions[i].size_bytes != n_bytes);
}

static void read_entry(struct table *t, const Dwarf_FDE *fde)
{
	struct cursor c = cursor_at(t, fde->start, fde->end);
	uint64_t address, n_bytes;

	read_common(t, fde->CIE_pointer);
	if (!t->is_known || !read_encoded(t, &c, true, &address) || !read_encoded(t, &c, false, &n_bytes))
		return;
	uint64_t n_skipped = t->has_augmentation ? cursor_uleb(&c) : 0;
	if (c.damaged || is_discarded(t->file->image, address, n_bytes) || n_skipped > (uint64_t)(c.end - c.at))
		return;
	c.at += n_skipped;
	struct cfi_frame frame = t->common;
	if (!cfi_run(&frame, c, t->data_factor, elf_address_bytes(t->file), false))
		return;
	if (t->to_others)
		give_to_others(t->file->image, address, n_bytes, &frame);
	else
		give_to_function(t->file->image, address, &frame);
}

static void read_table(struct elf_dwarf *d, size_t i_section, bool is_eh_frame, bool to_others)
{
	struct table t = {
		.file = d->file, .is_eh_frame = is_eh_frame, .to_others = to_others, .i_common = UINT64_MAX
	};
	Dwarf_CFI_Entry entry;
	Dwarf_Off at = 0, following;

	t.vma = d->file->sections[i_section].header.sh_addr;
	t.data = elf_rawdata(elf_getscn(d->elf, i_section), NULL);
	if (!t.data || !t.data->d_buf)
		return;
	for (; next(&t, at, &following, &entry) == 0 && following > at; at = following)
		if (!dwarf_cfi_cie_p(&entry))
			read_entry(&t, &entry.fde);
}

static void read_tables(struct elf_dwarf *d, bool to_others)
{
	for (size_t i = 1; i < d->file->n_sections; i++) {
		struct image_slice name = d->file->sections[i].name;
		bool is_eh_frame = slice_is(name, ".eh_frame");
		if (is_eh_frame || slice_is(name, ".debug_frame") || slice_is(name, ".zdebug_frame"))
			read_table(d, i, is_eh_frame, to_others);
	}
}

void elf_frames_read(struct elf_dwarf *d)
{
	read_tables(d, false);
	read_tables(d, true);
}
