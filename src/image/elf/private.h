/* An ELF file while it is read. Ranges are checked once, where a part is first met, so that what stands here
 * lies in the file. */
#ifndef MEMPROF_ELF_PRIVATE_H
#define MEMPROF_ELF_PRIVATE_H

#include <gelf.h>

#include "memprof/image/image.h"

struct elf_section {
	struct image_slice name; /* of the input; NUL-terminated */
	GElf_Shdr header;        /* unless NOBITS, offset and size lie in the file */
	bool listed;             /* it is a section of the image, not a table of the linker's */
};

/* A symbol that names bytes of a listed section. */
struct elf_symbol {
	struct image_slice name;
	uint64_t address, size_bytes; /* as the ELF has it, without the Thumb bit */
	uint64_t own_bytes;           /* what is counted as its: not an alias's, nor an inner symbol's */
	uint32_t section;             /* of elf_file */
	uint32_t object;              /* of its FILE symbol, or IMAGE_NONE */
	uint8_t type, binding;
	bool estimated;
};

struct elf_relocation {
	uint64_t address, value;
};

struct elf_file {
	struct image *image;
	struct diag *diag;
	const char *bytes;
	size_t n_bytes;
	Elf *elf;
	GElf_Ehdr header;
	struct elf_section *sections; /* of the arena; [0] is the null section */
	size_t n_sections;
	uint64_t tls_vma;
	VEC(struct elf_symbol, symbols);         /* by section, then address */
	VEC(struct elf_relocation, relocations); /* of pointers that the loader would fill in; by address */
	VEC(struct elf_relocation, copies);      /* of variables that it would copy from shared libraries; by address */
};

int elf_refuse(const struct elf_file *file, int ret, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- elf/symbols.c ---- */

/* Reads the symbol table, and gives values to the image. 0, -EINVAL or -ENOMEM, with diag. */
int elf_symbols_read(struct elf_file *file);
/* Divides the image's open section, which is the file's i_section, among its symbols: pieces, and with want_symbols
 * the symbols themselves. 0 or -ENOMEM. */
int elf_symbols_of_section(struct elf_file *file, uint32_t i_section, bool want_symbols);

/* ---- elf/lines.c ---- */

/* File and line of the image's symbols, as far as DWARF tells; a note says why not. 0, or -ENOMEM with diag. */
int elf_lines_read(struct elf_file *file);

/* ---- elf/content.c ---- */

/* Pointers of position-independent programs are zero in the file; the relocations have them. 0, or -ENOMEM with
 * diag. */
int elf_relocations_read(struct elf_file *file);
/* Whether the variable there is a shared library's, of which this program has a copy. */
bool elf_is_copy(const struct elf_file *file, uint64_t address);
/* n_bytes of what the program finds at an address; NULL if they are not in the file. */
const char *elf_content(const struct elf_file *file, uint64_t address, uint64_t n_bytes);
const char *elf_content_of_symbol(const struct elf_file *file, const struct elf_symbol *symbol);
/* The address of the first symbol behind this one, or the end of the section; address itself if that has no content. */
uint64_t elf_next_symbol(const struct elf_file *file, uint64_t address);
/* A number of 1, 2, 4 or 8 bytes there, or a pointer. False if it is not in the file. */
bool elf_number(const struct elf_file *file, uint64_t address, unsigned n_bytes, uint64_t *ret);
bool elf_pointer(const struct elf_file *file, uint64_t address, uint64_t *ret);

#endif
