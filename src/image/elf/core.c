#include "memprof/image/core.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { PAGE_BYTES = 4096 };

/* Where elf_prstatus has registers (Linux, arch/.../elf.h; QEMU, target/.../arch_dump.c; of Xtensa, which has windows,
 * the ar of ESP-IDF, components/espcoredump). */
static const struct registers {
	uint16_t machine;
	uint8_t class;
	uint16_t offset, n, i_stack_pointer;
} layouts[] = {
	{ EM_X86_64, ELFCLASS64, 112, 27, 19 },        { EM_386, ELFCLASS32, 72, 17, 15 },
	{ EM_AARCH64, ELFCLASS64, 112, 34, 31 },       { EM_ARM, ELFCLASS32, 72, 18, 13 },
	{ EM_RISCV, ELFCLASS64, 112, 32, 2 },          { EM_RISCV, ELFCLASS32, 72, 32, 2 },
	{ EM_XTENSA, ELFCLASS32, 72 + 4 * 64, 64, 1 },
};

struct core_file {
	Elf *elf;
	GElf_Ehdr header;
	const uint8_t *bytes;
	size_t n_bytes, n_segments;
};

bool core_is_elf(const char *bytes, size_t n_bytes) { return text_starts(bytes, n_bytes, ELFMAG); }

/* ---- headers ---- */

static int open_file(struct core_file *f, const char *bytes, size_t n_bytes, struct diag *diag)
{
	*f = (struct core_file){ .bytes = (const uint8_t *)bytes, .n_bytes = n_bytes };
	elf_version(EV_CURRENT);
	f->elf = elf_memory((char *)(uintptr_t)bytes, n_bytes);
	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &f->header))
		return diag_set(diag, -EINVAL, "the ELF header is truncated or damaged");
	if (f->header.e_ident[EI_DATA] != ELFDATA2LSB)
		return diag_set(diag, -ENOTSUP, "it is of a big-endian processor");
	if (elf_getphdrnum(f->elf, &f->n_segments) < 0 || f->header.e_phoff > n_bytes ||
	    f->n_segments > (n_bytes - f->header.e_phoff) / MAX(f->header.e_phentsize, 1) || f->n_segments > INT32_MAX)
		return diag_set(diag, -EINVAL, "the program header table lies outside the file, which has %zu bytes",
				n_bytes);
	return 0;
}

static bool get_segment(const struct core_file *f, size_t i, GElf_Phdr *ret)
{
	return gelf_getphdr(f->elf, (int)i, ret) == ret;
}

/* How much of a segment the file has. */
static uint64_t bytes_there(const struct core_file *f, const GElf_Phdr *h)
{
	return h->p_offset > f->n_bytes ? 0 : MIN(h->p_filesz, f->n_bytes - h->p_offset);
}

static int add_memory(struct core *core, uint64_t start, const uint8_t *bytes, uint64_t n_bytes, struct diag *diag)
{
	if (core->word_bytes == 4 && n_bytes && (start > UINT32_MAX || n_bytes - 1 > UINT32_MAX - start))
		return diag_set(diag, -EINVAL, "a segment at 0x%" PRIx64 " exceeds the address space", start);
	int error = memory_add(&core->memory, start, bytes, n_bytes);
	return error == -EINVAL ? diag_set(diag, error, "a segment at 0x%" PRIx64 " exceeds the address space", start) :
	       error == -E2BIG  ? diag_set(diag, -EINVAL, "it has too many segments") :
				  error;
}

/* ---- notes ---- */

static void read_registers(struct core *core, const struct core_file *f, const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts) && core->n_registers == 0; i++) {
		const struct registers *l = &layouts[i];
		if (l->machine != f->header.e_machine || l->class != f->header.e_ident[EI_CLASS] ||
		    n_bytes < l->offset + (size_t)l->n * core->word_bytes)
			continue;
		for (size_t k = 0; k < l->n; k++)
			core->registers[k] = bytes_number(bytes + l->offset + k * core->word_bytes, core->word_bytes,
							  false);
		core->n_registers = l->n;
		core->i_stack_pointer = l->i_stack_pointer;
	}
}

static void read_auxiliary(struct core *core, const uint8_t *bytes, size_t n_bytes)
{
	unsigned word = core->word_bytes;

	for (size_t i = 0; i + 2 * (size_t)word <= n_bytes; i += 2 * (size_t)word)
		if (bytes_number(bytes + i, word, false) == AT_ENTRY)
			core->entry = bytes_number(bytes + i + word, word, false);
}

static void read_notes(struct core *core, const struct core_file *f, const GElf_Phdr *h)
{
	uint64_t n_bytes = bytes_there(f, h);
	Elf_Data *data = n_bytes ? elf_getdata_rawchunk(f->elf, (int64_t)h->p_offset, n_bytes, ELF_T_NHDR) : NULL;
	size_t at = 0, i_name, i_bytes;
	GElf_Nhdr note;

	while (data && (at = gelf_getnote(data, at, &note, &i_name, &i_bytes)) > 0) {
		const uint8_t *bytes = data->d_buf;
		if (note.n_namesz < 4 || memcmp(bytes + i_name, "CORE", 4) != 0)
			continue;
		if (note.n_type == NT_PRSTATUS)
			read_registers(core, f, bytes + i_bytes, note.n_descsz);
		else if (note.n_type == NT_AUXV)
			read_auxiliary(core, bytes + i_bytes, note.n_descsz);
	}
}

/* ---- memory ---- */

static bool any_is_writable(const struct core_file *f)
{
	GElf_Phdr h;

	for (size_t i = 0; i < f->n_segments; i++)
		if (get_segment(f, i, &h) && h.p_type == PT_LOAD && (h.p_flags & PF_W))
			return true;
	return false;
}

static int by_start(const void *a, const void *b)
{
	const struct core_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Joins those that overlap or touch. */
static void join_writable(struct core *core)
{
	size_t n = 0;

	if (core->n_writable)
		qsort(core->writable, core->n_writable, sizeof(*core->writable), by_start);
	for (size_t i = 0; i < core->n_writable; i++) {
		const struct core_range range = core->writable[i];
		struct core_range *last = n ? &core->writable[n - 1] : NULL;
		if (last && range.start - last->start <= last->n_bytes)
			last->n_bytes = MAX(last->n_bytes, range.start - last->start + range.n_bytes);
		else
			core->writable[n++] = range;
	}
	core->n_writable = n;
}

static int read_segments(struct core *core, const struct core_file *f, struct diag *diag)
{
	bool marked = any_is_writable(f);
	int error = 0;

	for (size_t i = 0; i < f->n_segments && error == 0; i++) {
		GElf_Phdr h;
		if (!get_segment(f, i, &h))
			return diag_set(diag, -EINVAL, "segment %zu cannot be read: %s", i, elf_errmsg(-1));
		if (h.p_type == PT_NOTE)
			read_notes(core, f, &h);
		if (h.p_type != PT_LOAD)
			continue;
		uint64_t n_bytes = bytes_there(f, &h);
		core->n_cut_bytes += h.p_filesz - n_bytes;
		if (n_bytes == 0)
			continue;
		error = add_memory(core, h.p_vaddr, f->bytes + h.p_offset, n_bytes, diag);
		if (error == 0 && (!marked || (h.p_flags & PF_W)))
			error = vec_push(core, writable, ((struct core_range){ h.p_vaddr, n_bytes }));
	}
	join_writable(core);
	return error;
}

int core_read(struct core *ret, const char *bytes, size_t n_bytes, struct diag *diag)
{
	struct core_file f;

	*ret = (struct core){ .entry = NOT_KNOWN };
	int error = open_file(&f, bytes, n_bytes, diag);
	ret->word_bytes = error == 0 && f.header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	ret->machine = error == 0 ? f.header.e_machine : 0;
	if (error == 0 && f.header.e_type != ET_CORE)
		error = diag_set(diag, -EINVAL, "it is a program, not a core file; memprof map reads it");
	if (error == 0)
		error = read_segments(ret, &f, diag);
	if (error == 0 && ret->n_writable == 0)
		error = diag_set(diag, -EINVAL, "the core file has no memory");
	elf_end(f.elf);
	return error;
}

/* ---- the program ---- */

/* Where it was placed, less where it was linked to. */
static int find_slide(const struct core *core, const struct core_file *f, uint64_t *ret, struct diag *diag)
{
	bool moves = f->header.e_type == ET_DYN;

	*ret = moves && core->entry != NOT_KNOWN ? core->entry - f->header.e_entry : 0;
	if (f->header.e_type != ET_EXEC && !moves)
		return diag_set(diag, -EINVAL, "it is not a program");
	if (moves && core->entry == NOT_KNOWN)
		return diag_set(diag, -ENOTSUP,
				"it is placed when it is started, and the core file does not have where");
	if (*ret % PAGE_BYTES || (!moves && core->entry != NOT_KNOWN && core->entry != f->header.e_entry))
		return diag_set(diag, -EINVAL,
				"it is not the program of the core file, which began at 0x%" PRIx64
				"; it begins at 0x%" PRIx64,
				core->entry, (uint64_t)f->header.e_entry);
	return 0;
}

int core_add_program(struct core *core, const char *bytes, size_t n_bytes, struct diag *diag)
{
	struct core_file f;
	uint64_t slide = 0;
	int error = open_file(&f, bytes, n_bytes, diag);

	if (error == 0 && f.header.e_machine != core->machine)
		error = diag_set(diag, -EINVAL, "it is not the program of the core file: it is for another processor");
	if (error == 0)
		error = find_slide(core, &f, &slide, diag);
	uint64_t mask = core->word_bytes == 4 ? UINT32_MAX : UINT64_MAX;
	for (size_t i = 0; error == 0 && i < f.n_segments; i++) {
		GElf_Phdr h;
		if (get_segment(&f, i, &h) && h.p_type == PT_LOAD && !(h.p_flags & PF_W))
			error = add_memory(core, (h.p_vaddr + slide) & mask, f.bytes + MIN(h.p_offset, n_bytes),
					   bytes_there(&f, &h), diag);
	}
	elf_end(f.elf);
	return error;
}

void core_deinit(struct core *core)
{
	memory_deinit(&core->memory);
	vec_deinit(core, writable);
}
