/* An ELF file while it is read. Each range is checked once, when it is first read: what is recorded here lies in the
 * file.
 */
#pragma once

#include <gelf.h>

#include "memprof/image/image.h"

struct elf_section {
	struct image_slice name; /* of the input; NUL-terminated */
	GElf_Shdr header;        /* unless NOBITS, offset and size lie in the file */
	bool listed;             /* a section of the image, not one of the linker's tables */
};

/* A symbol that names bytes of a listed section. */
struct elf_symbol {
	struct image_slice name;
	uint64_t address, size_bytes; /* as the ELF has it, without the Thumb bit */
	uint64_t own_bytes;           /* without those of aliases and inner symbols */
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
	VEC(struct elf_relocation, relocations); /* pointers that the loader fills in; by address */
	VEC(struct elf_relocation, copies);      /* variables that it copies from shared libraries; by address */
};

static inline bool elf_is_big_endian(const struct elf_file *f) { return f->header.e_ident[EI_DATA] == ELFDATA2MSB; }

static inline unsigned elf_address_bytes(const struct elf_file *f)
{
	return f->header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
}

#define elf_refuse(f, ret, ...) diag_at((f)->diag, (struct place){ .file = (f)->image->name }, ret, __VA_ARGS__)

/* ---- elf/headers.c ---- */

/* Whether size_bytes at offset lie within n_bytes. */
bool elf_lies_within(uint64_t offset, uint64_t size_bytes, uint64_t n_bytes);

/* The headers of the file and its sections, checked. The members up to elf must be set. 0; negative with diag. */
int elf_headers_read(struct elf_file *file);

/* ---- elf/symbols.c ---- */

/* Reads the symbol table; adds values to the image. 0; -EINVAL with diag; -ENOMEM. */
int elf_symbols_read(struct elf_file *file);
/* Divides the image's open section, section i_section of the file, among its symbols: adds pieces, and with
 * want_symbols the symbols. 0 or -ENOMEM. */
int elf_symbols_of_section(struct elf_file *file, uint32_t i_section, bool want_symbols);

/* ---- elf/content.c ---- */

/* Pointers of position-independent programs are zero in the file; relocations hold them. 0 or -ENOMEM. */
int elf_relocations_read(struct elf_file *file);
/* Whether the variable at the address is a copy of one in a shared library. */
bool elf_is_copy(const struct elf_file *file, uint64_t address);
/* n_bytes of the program's memory at start; NULL if they are not in the file. */
const char *elf_content(const struct elf_file *file, uint64_t address, uint64_t n_bytes);
const char *elf_content_of_symbol(const struct elf_file *file, const struct elf_symbol *symbol);
/* The next symbol's address behind this one, or the end of the section; address itself where the file has no content.
 */
uint64_t elf_next_symbol(const struct elf_file *file, uint64_t address);
/* A number of 1, 2, 4 or 8 bytes, or a pointer. False: not in the file. */
bool elf_number(const struct elf_file *file, uint64_t address, unsigned n_bytes, uint64_t *ret);
bool elf_pointer(const struct elf_file *file, uint64_t address, uint64_t *ret);
