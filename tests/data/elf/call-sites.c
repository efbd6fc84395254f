/* Callers of an allocator, for tests/unit/image/elf/test-call_sites.c; the -g0 one is stripped of its debug information.
 *
 *     arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb -O2 -g -ffreestanding -nostdlib -Wl,-Ttext-segment=0x8000
 *             -Wl,-e,start -Wl,--build-id=sha1 -fdebug-prefix-map=$PWD=/src -o arm-call-sites.elf call-sites.c
 *     arm-none-eabi-strip -g -o arm-call-sites-g0.elf arm-call-sites.elf
 *
 * The expected functions and lines are those of arm-none-eabi-addr2line -fie. */
__attribute__((noinline)) void *take(unsigned n_bytes)
{
	static char memory[64];

	__asm volatile("" : : "r"(n_bytes));
	return memory;
}

static inline __attribute__((always_inline)) char *buffer_new(unsigned n_bytes)
{
	char *buffer = take(n_bytes + 4);

	buffer[0] = 0;
	return buffer;
}

static inline __attribute__((always_inline)) void http_read(unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++) {
		char *buffer = buffer_new(n_bytes);

		buffer[1] = (char)i;
	}
}

__attribute__((noinline)) void serve(unsigned n_bytes)
{
	http_read(n_bytes);
	*(char *)take(n_bytes) = 3;
}

void start(void);
void start(void)
{
	serve(20);
	__builtin_trap();
}
