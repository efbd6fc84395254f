#include "memprof/tasks.h"

#include "task.h"
#include <zephyr/kernel.h>

#include "agent_board.h"
#include "unit.h"

bool freertos_v9_tasks(memprof_task_each *each, void *ctx);

static struct memprof_agent agent;

UNIT_BEFORE(set_up)
{
	board_reset();
	memprof_start(&agent, &board_port, 7, NULL, 0);
	wire_rx_clear(&board.rx);
}

UNIT_AFTER(tear_down) { board_tear_down(); }

static bool send(memprof_tasks *tasks)
{
	struct memprof_task_list list = { .tasks = tasks };

	return memprof_send_tasks(&agent, &list, false);
}

static void assert_task(size_t n, uint8_t flags, uint64_t stack_bytes, uint64_t least_free, uint64_t used_now,
			uint64_t address, const char *name)
{
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_TASK, n);
	size_t at = 2;

	assert_non_null(frame);
	assert_int_equal(frame->payload[0], n);
	assert_int_equal(frame->payload[1], flags);
	wire_varint(frame, &at);
	assert_u64_equal(wire_varint(frame, &at), stack_bytes);
	assert_u64_equal(wire_varint(frame, &at), least_free);
	assert_u64_equal(wire_varint(frame, &at), used_now);
	assert_u64_equal(wire_varint(frame, &at), address);
	assert_int_equal(frame->n_payload - at, strlen(name));
	assert_memory_equal(frame->payload + at, name, strlen(name));
}

/* ---- a table of a port ---- */

static size_t n_table;
static bool table_is_all;

static bool table(memprof_task_each *each, void *ctx)
{
	static const char name[] = "a name of more than thirty-two bytes";

	for (size_t i = 0; i < n_table; i++)
		each(ctx, &(struct memprof_task){ .name = i % 2 ? name : NULL,
						  .name_max_bytes = i == 3 ? 6 : 0,
						  .address = 0x20000000 + 1024 * i,
						  .stack_bytes = 1024,
						  .least_free = (uint32_t)i,
						  .used_now = 300 });
	return table_is_all;
}

UNIT_TEST(each_task_is_a_frame)
{
	table_is_all = true;
	n_table = 4;
	assert_true(send(table));
	assert_task(0, 0, 1024, 0, 300, 0x20000000, "");
	assert_task(1, 0, 1024, 1, 300, 0x20000400, "a name of more than thirty-two b");
	assert_task(2, 0, 1024, 2, 300, 0x20000800, "");
	assert_task(3, WIRE_TASK_LAST, 1024, 3, 300, 0x20000c00, "a name");
	assert_null(wire_find(&board.rx, WIRE_TASK, 4));
	n_table = 0;
	wire_rx_clear(&board.rx);
	assert_true(send(table));
	assert_int_equal(board.rx.n_frames, 0);
}

UNIT_TEST(more_than_there_is_room_for_is_reported)
{
	table_is_all = true;
	n_table = WIRE_TASKS_MAX;
	assert_true(send(table));
	assert_int_equal(wire_find(&board.rx, WIRE_TASK, WIRE_TASKS_MAX - 1)->payload[1], WIRE_TASK_LAST);
	wire_rx_clear(&board.rx);
	n_table = WIRE_TASKS_MAX + 5;
	assert_true(send(table));
	assert_int_equal(wire_find(&board.rx, WIRE_TASK, WIRE_TASKS_MAX - 1)->payload[1], 0);
	assert_task(WIRE_TASKS_MAX, WIRE_TASK_LAST | WIRE_TASK_MISSING, 0, 0, 0, 0, "");
	assert_null(wire_find(&board.rx, WIRE_TASK, WIRE_TASKS_MAX + 1));
	wire_rx_clear(&board.rx);
	table_is_all = false;
	n_table = 1;
	assert_true(send(table));
	assert_task(0, 0, 1024, 0, 300, 0x20000000, "");
	assert_task(1, WIRE_TASK_LAST | WIRE_TASK_MISSING, 0, 0, 0, 0, "");
}

/* Each frame may wait as long as the port lets it: one that is refused is enough. */
UNIT_TEST(a_stuck_channel_ends_it)
{
	table_is_all = true;
	n_table = 20;
	board.refuse_from = board.n_writes + 3;
	assert_true(send(table));
	assert_int_equal(board.rx.n_frames, 3);
	assert_int_equal(agent.n_skipped, 1);
}

/* A call that has used its time ends; the next one goes on with the task that was not sent, and with no pool. */
static bool out_of_time_at_3(const uint8_t *frame, size_t n_bytes)
{
	wire_rx_frame(&board.rx, frame, n_bytes);
	if (board.rx.n_frames == 3)
		agent.halt = MEMPROF_FULL;
	return true;
}

UNIT_TEST(a_round_goes_on_in_the_next_call)
{
	struct memprof_port port = board_port;
	struct memprof_task_list list = { .tasks = table };

	table_is_all = true;
	n_table = 5;
	port.write = out_of_time_at_3;
	agent.port = &port;
	assert_false(memprof_send_tasks(&agent, &list, false));
	assert_int_equal(board.rx.n_frames, 3);
	agent.halt = 0;
	assert_true(memprof_send_tasks(&agent, &list, false));
	assert_int_equal(board.rx.n_frames, 5);
	assert_task(3, 0, 1024, 3, 300, 0x20000c00, "a name");
	assert_task(4, WIRE_TASK_LAST, 1024, 4, 300, 0x20001000, "");
	wire_rx_clear(&board.rx);
	assert_false(memprof_send_tasks(&agent, &list, false)); /* another round */
	assert_task(0, 0, 1024, 0, 300, 0x20000000, "");
	wire_rx_clear(&board.rx);
	agent.halt = 0;
	assert_false(memprof_send_tasks(&agent, &list, true)); /* a HELLO: from the beginning */
	assert_task(0, 0, 1024, 0, 300, 0x20000000, "");
}

/* ---- FreeRTOS ---- */

static uint32_t stacks[4][64];
static TaskStatus_t status[20];
static UBaseType_t n_status;

UBaseType_t uxTaskGetSystemState(TaskStatus_t *pxTaskStatusArray, UBaseType_t uxArraySize, uint32_t *pulTotalRunTime)
{
	assert_null(pulTotalRunTime);
	assert_true(n_status > 0); /* else the kernel reads lists that it has not made */
	if (n_status > uxArraySize)
		return 0;
	memcpy(pxTaskStatusArray, status, n_status * sizeof(*status));
	return n_status;
}

UBaseType_t uxTaskGetNumberOfTasks(void) { return n_status; }
TaskHandle_t xTaskGetCurrentTaskHandle(void) { return (TaskHandle_t)stacks[0]; }

uint32_t stack_of(TaskHandle_t task);
uint32_t stack_of(TaskHandle_t task) { return task == (TaskHandle_t)stacks[0] ? 256 : 0; }

static TaskStatus_t status_of(size_t i, UBaseType_t number, eTaskState state, const char *name)
{
	return (TaskStatus_t){ .xHandle = (TaskHandle_t)stacks[i],
			       .pcTaskName = name,
			       .xTaskNumber = number,
			       .eCurrentState = state,
			       .pxStackBase = stacks[i],
			       .pxEndOfStack = stacks[i] + 62,
			       .usStackHighWaterMark = (uint16_t)(10 * number) };
}

UNIT_TEST(freertos_reports_its_tasks)
{
	/* ready, then blocked, then deleted ones: as the kernel lists them */
	status[0] = status_of(0, 3, eReady, "memprof");
	status[1] = status_of(1, 1, eReady, "IDLE");
	status[2] = status_of(2, 2, eBlocked, "12345678not its name");
	status[3] = status_of(3, 4, eDeleted, "gone");
	n_status = 4;
	assert_true(send(memprof_freertos_tasks));
	assert_task(0, 0, 256, 40, 0, (uintptr_t)stacks[1], "IDLE");
	assert_task(1, 0, 256, 80, 0, (uintptr_t)stacks[2], "12345678");
	assert_task(2, WIRE_TASK_CURRENT | WIRE_TASK_LAST, 256, 120, 0, (uintptr_t)stacks[0], "memprof");
	assert_null(wire_find(&board.rx, WIRE_TASK, 3));
	wire_rx_clear(&board.rx);
	assert_true(send(freertos_v9_tasks)); /* sizes by a function of the port */
	assert_task(0, 0, 0, 40, 0, (uintptr_t)stacks[1], "IDLE");
	assert_task(2, WIRE_TASK_CURRENT | WIRE_TASK_LAST, 256, 120, 0, (uintptr_t)stacks[0], "memprof");
}

UNIT_TEST(freertos_has_more_than_the_agent_has_room_for)
{
	for (n_status = 0; n_status < 17; n_status++)
		status[n_status] = status_of(0, n_status, eReady, "worker");
	assert_true(send(memprof_freertos_tasks));
	assert_task(0, WIRE_TASK_LAST | WIRE_TASK_MISSING, 0, 0, 0, 0, "");
	assert_int_equal(board.rx.n_frames, 1);
}

UNIT_TEST(freertos_may_have_no_task_yet)
{
	n_status = 0;
	assert_true(send(memprof_freertos_tasks));
	assert_int_equal(board.rx.n_frames, 0);
}

/* ---- Zephyr ---- */

static struct k_thread threads[] = {
	{ { 0x20001000, 2048 }, "main", 1500 },
	{ { 0x20001800, 320 }, "idle", SIZE_MAX },
	{ { 0x20002000, 1024 }, "a thread's name of 31 bytes, all", 0 },
};

void k_thread_foreach_unlocked(k_thread_user_cb_t user_cb, void *user_data)
{
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
		user_cb(&threads[i], user_data);
}

int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused_ptr)
{
	if (thread->unused == SIZE_MAX)
		return -134;
	*unused_ptr = thread->unused;
	return 0;
}

const char *k_thread_name_get(k_tid_t thread) { return thread->name; }

k_tid_t k_current_get(void) { return &threads[2]; }

UNIT_TEST(zephyr_reports_its_threads)
{
	assert_true(send(memprof_zephyr_tasks));
	assert_task(0, 0, 2048, 1500, 0, 0x20001000, "main");
	assert_task(1, WIRE_TASK_UNMEASURED, 320, 0, 0, 0x20001800, "idle");
	assert_task(2, WIRE_TASK_CURRENT | WIRE_TASK_LAST, 1024, 0, 0, 0x20002000, "a thread's name of 31 bytes, all");
}

/* ---- paint ---- */

UNIT_TEST(untouched_paint_is_counted)
{
	uint32_t stack[8];

	for (size_t i = 0; i < 8; i++)
		stack[i] = 0xdeadbeef;
	assert_int_equal(memprof_stack_untouched(stack, sizeof(stack), 0xdeadbeef), 32);
	stack[5] = 0;
	assert_int_equal(memprof_stack_untouched(stack, sizeof(stack), 0xdeadbeef), 20);
	assert_int_equal(memprof_stack_untouched((char *)stack + 1, 3, 0xdeadbeef), 0);
	stack[0] = 0;
	assert_int_equal(memprof_stack_untouched(stack, sizeof(stack), 0xdeadbeef), 0);
}
