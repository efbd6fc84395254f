#include "memprof/image/core.h"

#include <elf.h>

#include "unit.h"

enum { REGISTERS_AT = 112, N_REGISTERS = 27, RSP = 19, N_SEGMENTS = 4 };

/* A core file of x86-64, and what can be wrong with it. */
static struct file {
	Elf64_Ehdr header;
	Elf64_Phdr segments[N_SEGMENTS];
	struct __attribute__((packed)) {
		Elf64_Nhdr head;
		char name[8];
		uint8_t text[REGISTERS_AT];
		uint64_t registers[N_REGISTERS];
	} status;
	struct __attribute__((packed)) {
		Elf64_Nhdr head;
		char name[8];
		uint64_t pairs[4];
	} auxiliary;
	uint8_t memory[96];
} file;
static struct core core;
static struct diag diag;

static Elf64_Phdr load(uint64_t start, uint64_t from, uint64_t n_bytes, uint64_t n_memory, uint32_t flags)
{
	return (Elf64_Phdr){ .p_type = PT_LOAD,
			     .p_flags = flags,
			     .p_offset = offsetof(struct file, memory) + from,
			     .p_vaddr = start,
			     .p_filesz = n_bytes,
			     .p_memsz = n_memory };
}

UNIT_BEFORE(set_up)
{
	memset(&file, 0, sizeof(file));
	memcpy(file.header.e_ident, ELFMAG "\2\1\1", SELFMAG + 3);
	file.header.e_type = ET_CORE;
	file.header.e_machine = EM_X86_64;
	file.header.e_version = EV_CURRENT;
	file.header.e_ehsize = sizeof(file.header);
	file.header.e_phoff = offsetof(struct file, segments);
	file.header.e_phentsize = sizeof(Elf64_Phdr);
	file.header.e_phnum = N_SEGMENTS;
	file.segments[0] = (Elf64_Phdr){ .p_type = PT_NOTE,
					 .p_offset = offsetof(struct file, status),
					 .p_filesz = sizeof(file.status) + sizeof(file.auxiliary) };
	file.segments[1] = load(0x2000, 32, 32, 32, PF_R | PF_W);
	file.segments[2] = load(0x1000, 0, 32, 0x1000, PF_R);
	file.segments[3] = load(0x2020, 64, 32, 32, PF_R | PF_W);
	file.status.head = (Elf64_Nhdr){ 5, REGISTERS_AT + 8 * N_REGISTERS, NT_PRSTATUS };
	memcpy(file.status.name, "CORE", 5);
	for (size_t i = 0; i < N_REGISTERS; i++)
		file.status.registers[i] = 100 + i;
	file.auxiliary.head = (Elf64_Nhdr){ 5, sizeof(file.auxiliary.pairs), NT_AUXV };
	memcpy(file.auxiliary.name, "CORE", 5);
	file.auxiliary.pairs[0] = AT_ENTRY;
	file.auxiliary.pairs[1] = 0x555000;
	for (size_t i = 0; i < sizeof(file.memory); i++)
		file.memory[i] = (uint8_t)i;
	diag = (struct diag){ 0 };
}

UNIT_AFTER(tear_down)
{
	core_deinit(&core);
	core_deinit(&core);
}

static int read_file(size_t n_bytes)
{
	int r = core_read(&core, (const char *)&file, n_bytes, &diag);

	memory_finalize(&core.memory);
	return r;
}

UNIT_TEST(memory_and_registers)
{
	uint8_t bytes[64];

	assert_true(core_is_elf((const char *)&file, sizeof(file)));
	assert_int_equal(read_file(sizeof(file)), 0);
	assert_int_equal(core.word_bytes, 8);
	assert_int_equal(core.n_registers, N_REGISTERS);
	assert_u64_equal(core.registers[core.i_stack_pointer], 100 + RSP);
	assert_u64_equal(core.entry, 0x555000);
	assert_int_equal(core.n_writable, 1); /* two that touch */
	assert_u64_equal(core.writable[0].start, 0x2000);
	assert_u64_equal(core.writable[0].n_bytes, 64);
	assert_u64_equal(core.n_cut_bytes, 0);
	assert_int_equal(memory_read(&core.memory, 0x2010, bytes, 64), 48);
	assert_memory_equal(bytes, file.memory + 48, 48);
}

UNIT_TEST(without_flags_all_of_it_may_be_written_to)
{
	for (size_t i = 0; i < N_SEGMENTS; i++)
		file.segments[i].p_flags = 0;
	assert_int_equal(read_file(sizeof(file)), 0);
	assert_int_equal(core.n_writable, 2);
	assert_u64_equal(core.writable[0].start, 0x1000);
}

UNIT_TEST(registers_of_other_processors_are_not_known)
{
	file.header.e_machine = EM_MIPS;
	assert_int_equal(read_file(sizeof(file)), 0);
	assert_int_equal(core.n_registers, 0);
}

/* Of any length it is read, or refused with words. */
UNIT_TEST(truncated)
{
	for (size_t n = 0; n < sizeof(file); n++) {
		int r = read_file(n);
		assert_true(r == 0 ? core.n_cut_bytes > 0 : r == -EINVAL && diag.text[0]);
		core_deinit(&core);
	}
	assert_int_equal(read_file(sizeof(file) - 40), 0);
	assert_u64_equal(core.n_cut_bytes, 40);
	assert_u64_equal(core.writable[0].n_bytes, 24);
}

UNIT_TEST(hostile_headers)
{
	file.segments[3] = load(UINT64_MAX - 8, 0, 32, 32, PF_W); /* wraps */
	assert_int_equal(read_file(sizeof(file)), -EINVAL);
	assert_string_equal(diag.text, "a segment at 0xfffffffffffffff7 exceeds the address space");
	core_deinit(&core);
	file.segments[3] = load(0x3000, 0, UINT64_MAX, UINT64_MAX, PF_W); /* huge */
	assert_int_equal(read_file(sizeof(file)), 0);
	assert_u64_equal(core.n_cut_bytes, UINT64_MAX - sizeof(file.memory));
	core_deinit(&core);
	file.segments[3] = load(0x2008, 64, 32, 32, PF_W); /* overlaps */
	assert_int_equal(read_file(sizeof(file)), 0);
	assert_int_equal(core.n_writable, 1);
	assert_u64_equal(core.writable[0].n_bytes, 40);
	core_deinit(&core);
	file.header.e_phnum = 60000;
	assert_int_equal(read_file(sizeof(file)), -EINVAL);
	core_deinit(&core);
	file.header.e_phnum = 1; /* no memory */
	assert_int_equal(read_file(sizeof(file)), -EINVAL);
	assert_string_equal(diag.text, "the core file has no memory");
	core_deinit(&core);
	file.header.e_type = ET_DYN;
	assert_int_equal(read_file(sizeof(file)), -EINVAL);
	assert_non_null(strstr(diag.text, "it is a program, not a core file"));
	core_deinit(&core);
	file.header.e_ident[EI_DATA] = ELFDATA2MSB;
	assert_true(read_file(sizeof(file)) < 0);
}

/* Constants lie where the program was placed: entry less entry. */
UNIT_TEST(a_program_fills_what_is_absent)
{
	static struct file program;
	uint8_t bytes[4];

	assert_int_equal(read_file(sizeof(file)), 0);
	program = file;
	program.header.e_type = ET_DYN;
	program.header.e_entry = 0x1000;
	program.segments[1] = load(0x4000, 8, 16, 16, PF_R);
	program.segments[2] = load(0x5000, 0, 16, 16, PF_R | PF_W);
	program.header.e_phnum = 3;
	assert_int_equal(core_add_program(&core, (const char *)&program, sizeof(program), &diag), 0);
	memory_finalize(&core.memory);
	assert_int_equal(memory_read(&core.memory, 0x558000, bytes, 4), 4);
	assert_memory_equal(bytes, file.memory + 8, 4);
	assert_int_equal(memory_read(&core.memory, 0x559000, bytes, 4), 0);
	program.header.e_entry = 0x1234;
	assert_int_equal(core_add_program(&core, (const char *)&program, sizeof(program), &diag), -EINVAL);
	program.header.e_type = ET_EXEC;
	program.header.e_entry = 0x555000;
	assert_int_equal(core_add_program(&core, (const char *)&program, sizeof(program), &diag), 0);
	core.entry = NOT_KNOWN;
	program.header.e_type = ET_DYN;
	assert_int_equal(core_add_program(&core, (const char *)&program, sizeof(program), &diag), -ENOTSUP);
	assert_int_equal(core_add_program(&core, (const char *)&file, sizeof(file), &diag), -EINVAL);
}
