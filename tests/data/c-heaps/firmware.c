/* What memprof knows allocators and kernels by, in one firmware that never runs: the test fills its memory.
 *
 *     arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -g -ffreestanding -nostdlib -nostartfiles -Wl,-Ttext=0,-Tbss=0x20000000 \
 *         -Wl,--build-id=none -e sys_heap_init -o firmware.elf firmware.c */
#include <stddef.h>
#include <stdint.h>

/* OpenMV (common/umalloc.h, umalloc.c). */
typedef struct {
	void *tlsf;
	size_t size, free, persist, peak;
	uintptr_t base, end;
	uint32_t flags;
} uma_pool_t;
int uma_num_pools;
uma_pool_t uma_pools[4];
uint8_t uma_memory[0x1000];

/* FreeRTOS heap_5 (portable/MemMang/heap_5.c), with the names of its variables and types. */
typedef struct HeapRegion {
	uint8_t *pucStartAddress;
	size_t xSizeInBytes;
} HeapRegion_t;
typedef struct A_BLOCK_LINK {
	struct A_BLOCK_LINK *pxNextFreeBlock;
	size_t xBlockSize;
} BlockLink_t;
HeapRegion_t regions[3];
BlockLink_t xStart, *pxEnd;
size_t xFreeBytesRemaining, xMinimumEverFreeBytesRemaining;

/* Zephyr (include/zephyr/sys/sys_heap.h, kernel_structs.h, kernel/thread.h). */
struct z_heap;
struct sys_heap {
	struct z_heap *heap;
	void *init_mem;
	size_t init_bytes;
};
struct k_heap {
	struct sys_heap heap;
	void *wait_q[2];
	uint32_t lock;
};
struct k_thread {
	uint32_t base[10];
	void *entry;
	struct k_thread *next_thread;
	char name[32];
	struct _thread_stack_info {
		uintptr_t start;
		size_t size, delta;
	} stack_info;
};
struct _cpu {
	uint32_t nested;
	char *irq_stack;
	struct k_thread *current;
};
struct z_kernel {
	struct _cpu cpus[1];
	struct k_thread *threads;
};
struct k_heap image_heap;
struct sys_heap z_malloc_heap;
struct z_kernel _kernel;

/* TLSF (tlsf.c). */
typedef void *tlsf_t;
typedef struct block_header_t {
	struct block_header_t *prev_phys_block;
	size_t size;
	struct block_header_t *next_free, *prev_free;
} block_header_t;
typedef struct control_t {
	block_header_t block_null;
	unsigned int fl_bitmap, sl_bitmap[24];
	block_header_t *blocks[24][32];
} control_t;
tlsf_t pictures;
control_t *unused;

uint8_t memory[0x3000];

void sys_heap_init(void);
void *tlsf_malloc(tlsf_t tlsf, size_t n_bytes);

void sys_heap_init(void)
{
	memory[0] = (uint8_t)(regions[0].xSizeInBytes + xStart.xBlockSize + pxEnd->xBlockSize + xFreeBytesRemaining +
			      xMinimumEverFreeBytesRemaining + image_heap.lock + z_malloc_heap.init_bytes +
			      _kernel.threads->stack_info.size + (size_t)unused->sl_bitmap[0]);
}

void *tlsf_malloc(tlsf_t tlsf, size_t n_bytes) { return tlsf == pictures ? &memory[n_bytes] : NULL; }
