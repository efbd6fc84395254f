/* ELF programs: sections, segments, and the owners of their bytes. An ELF does not record which object brought what:
 * FILE symbols name the source of the local symbols, and bytes without a local symbol belong to OBJECT_LINKER.
 *
 * libelf does not write to the input as long as no section is decompressed (measured with elfutils 0.188). elf/lines.c
 * decompresses, on a copy. */
#include "elf/dwarf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "elf/frozen.h"
#include "memprof/base/text.h"
#include "memprof/base/vec.h"
#include "section_names.h"

/* From the segment that holds the section both in the file and in memory. Two adjacent segments can both hold an empty
 * section; any other section has one. */
static uint64_t load_address(const struct image *image, const GElf_Shdr *h)
{
	for (size_t i = 0; i < image->n_segments && h->sh_type != SHT_NOBITS; i++) {
		const struct image_segment *s = &image->segments[i];
		uint64_t in_file = h->sh_offset - s->file_offset;
		if (h->sh_offset < s->file_offset || !elf_lies_within(in_file, h->sh_size, s->file_bytes) ||
		    h->sh_addr - s->vma != in_file || s->lma >= UINT64_MAX - in_file - h->sh_size)
			continue;
		return s->lma + in_file;
	}
	return NOT_KNOWN;
}

/* (COPY), (INFO) and (OVERLAY) of a GNU ld script reserve memory without loading it, and clear the ALLOC flag: .heap
 * and .ram_vector_table of the Pico SDK. */
static bool is_only_placed(const struct elf_section *s)
{
	const GElf_Shdr *h = &s->header;

	return !(h->sh_flags & SHF_ALLOC) && h->sh_addr &&
	       ((h->sh_flags & SHF_WRITE) || section_name_is_known_reserve(s->name.text));
}

static int add_section(struct elf_file *f, uint32_t i, unsigned want)
{
	const struct elf_section *from = &f->sections[i];
	const GElf_Shdr *h = &from->header;
	struct image_section *s = image_begin_section(f->image, from->name.text, from->name.n_bytes);

	if (!s)
		return -ENOMEM;
	s->vma = h->sh_addr;
	s->size_bytes = h->sh_size;
	s->lma = h->sh_flags & SHF_ALLOC ? load_address(f->image, h) : NOT_KNOWN;
	s->alloc = (h->sh_flags & SHF_ALLOC) || is_only_placed(from);
	s->nobits = s->alloc && (h->sh_type == SHT_NOBITS || is_only_placed(from));
	s->tls = (h->sh_flags & SHF_TLS) && h->sh_type == SHT_NOBITS;
	s->exec = h->sh_flags & SHF_EXECINSTR;
	s->write = h->sh_flags & SHF_WRITE;
	s->align_bytes = h->sh_addralign;
	s->by_elf = true;
	int r = s->alloc ? elf_symbols_of_section(f, i, want & (IMAGE_WANT_SYMBOLS | IMAGE_WANT_SOURCES)) : 0;
	return r < 0 ? r : image_end_section(f->image);
}

static int add_sections(struct elf_file *f, unsigned want)
{
	int r = 0;

	for (uint32_t i = 1; i < f->n_sections && r == 0; i++)
		if (f->sections[i].listed)
			r = add_section(f, i, want);
	return r;
}

/* ---- segments ---- */

static int read_segments(struct elf_file *f)
{
	size_t n;

	if (elf_getphdrnum(f->elf, &n) < 0 ||
	    (n && !elf_lies_within(f->header.e_phoff, (uint64_t)n * f->header.e_phentsize, f->n_bytes)))
		return elf_refuse(f, -EINVAL,
				  "the program header table lies outside the file (%zu bytes); is it truncated?",
				  f->n_bytes);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr h;
		if (i > INT32_MAX || !gelf_getphdr(f->elf, (int)i, &h))
			return elf_refuse(f, -EINVAL, "segment %zu cannot be read: %s", i, elf_errmsg(-1));
		if (h.p_type == PT_TLS)
			f->tls_vma = h.p_vaddr;
		if (h.p_type != PT_LOAD || (!h.p_memsz && !h.p_filesz))
			continue;
		if (!elf_lies_within(h.p_offset, h.p_filesz, f->n_bytes)) {
			image_note(f->image, "segment %zu lies outside the file: not an ELF to load, or truncated", i);
			continue;
		}
		struct image_segment segment = {
			.vma = h.p_vaddr,
			.lma = h.p_paddr,
			.file_offset = h.p_offset,
			.file_bytes = h.p_filesz,
			.memory_bytes = h.p_memsz,
			.read = h.p_flags & PF_R,
			.write = h.p_flags & PF_W,
			.exec = h.p_flags & PF_X,
		};
		if (vec_push(f->image, segments, segment) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- build id ---- */

static void build_id_of(struct elf_file *f, Elf_Data *data)
{
	GElf_Nhdr note;
	size_t at = 0, i_name, i_id;

	while ((at = gelf_getnote(data, at, &note, &i_name, &i_id)) > 0) {
		const unsigned char *bytes = data->d_buf;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || memcmp(bytes + i_name, "GNU", 4) != 0 ||
		    note.n_descsz == 0 || note.n_descsz > 64)
			continue;
		char text[2 * 64 + 1];
		for (size_t i = 0; i < note.n_descsz; i++)
			snprintf(text + 2 * i, 3, "%02x", bytes[i_id + i]);
		f->image->build_id = arena_text(&f->image->arena, text, 2 * note.n_descsz);
		return;
	}
}

static void read_build_id(struct elf_file *f)
{
	for (size_t i = 1; i < f->n_sections && !f->image->build_id; i++) {
		const GElf_Shdr *h = &f->sections[i].header;
		if (h->sh_type != SHT_NOTE || !(h->sh_flags & SHF_ALLOC))
			continue;
		Elf_Data *data = elf_getdata(elf_getscn(f->elf, i), NULL);
		if (data && data->d_buf)
			build_id_of(f, data);
	}
}

/* ---- all of it ---- */

static int read_dwarf(struct elf_file *f, unsigned want)
{
	struct elf_dwarf d;
	int r = elf_dwarf_open(f, &d);

	if (r == 0 && (want & (IMAGE_WANT_LINES | IMAGE_WANT_SOURCES | IMAGE_WANT_INLINES)))
		r = elf_lines_read(&d, want);
	if (r == 0 && (want & IMAGE_WANT_STACK))
		r = elf_functions_read(&d);
	elf_dwarf_close(&d);
	return r;
}

static int read_all(struct elf_file *f, unsigned want)
{
	static int (*const steps[])(struct elf_file * f) = { elf_headers_read, read_segments, elf_symbols_read,
							     elf_relocations_read };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](f);
	if (r == 0)
		r = add_sections(f, want);
	if (r == 0 && (want & (IMAGE_WANT_LINES | IMAGE_WANT_SOURCES | IMAGE_WANT_STACK | IMAGE_WANT_INLINES)))
		r = read_dwarf(f, want);
	if (r == 0)
		r = frozen_of_elf(f->image, f);
	if (r == 0)
		read_build_id(f);
	return r;
}

static bool is_archive(const char *bytes, size_t n_bytes)
{
	return text_starts(bytes, n_bytes, "!<arch>\n") || text_starts(bytes, n_bytes, "!<thin>\n");
}

static int elf_image_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct elf_file f = { .image = image, .diag = diag, .bytes = bytes, .n_bytes = n_bytes };

	if (is_archive(bytes, n_bytes))
		return elf_refuse(&f, -ENOTSUP,
				  "an archive of object files (.a), not linked yet; give the linked program");
	elf_version(EV_CURRENT);
	f.elf = elf_memory((char *)(uintptr_t)bytes, n_bytes);
	if (!f.elf)
		return elf_refuse(&f, -EINVAL, "the ELF header cannot be read: %s", elf_errmsg(-1));
	int r = read_all(&f, want);
	vec_deinit(&f, symbols);
	vec_deinit(&f, relocations);
	vec_deinit(&f, copies);
	elf_end(f.elf);
	return r == -ENOMEM ? elf_refuse(&f, r, "out of memory") : r;
}

static int elf_probe(const char *head, size_t n_bytes)
{
	return text_starts(head, n_bytes, ELFMAG) || is_archive(head, n_bytes) ? 100 : 0;
}

const struct image_format image_elf = {
	.name = "elf",
	.summary = "ELF program, linked; with symbols and DWARF if it has them",
	.probe = elf_probe,
	.read = elf_image_read,
};
