#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "agent_port.h"
#include "board.h"
#include "history.h"
#include "messages.h"

enum {
	SAMPLE_MS = 18,
	SEND_MS = 40,
	BUSY_MS = 600, /* the channel is taken, now and then: messages pile up */
	ACKNOWLEDGED_MS = 300,
	LATE_MS = 8000, /* one in 16 is acknowledged so late */
	LOG_BYTES = 3072,
};

struct task sampler, radio;
struct packet *packets;

static struct message *first, *last; /* sampled and not sent, in order */

static uint32_t chance(uint32_t one_in)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % one_in == 0;
}

static void run_sampler(void)
{
	for (;; task_sleep(SAMPLE_MS)) {
		struct message *message = message_new();

		history_add(now_ms());
		if (!message)
			continue;
		*message = (struct message){ .at_ms = now_ms() };
		memset(message->data, (int)message->at_ms, sizeof(message->data));
		if (first)
			last->next = message;
		else
			first = message;
		last = message;
	}
}

static void drop(struct packet **place)
{
	struct packet *packet = *place;

	*place = packet->next;
	free(packet);
}

/* If the heap is full, the oldest packet gives way; what it held is lost. */
static struct packet *packet_new(size_t n_bytes)
{
	struct packet *packet;

	n_bytes += sizeof(*packet);
	packet = malloc(n_bytes);
	if (!packet) {
		if (packets)
			drop(&packets);
		packet = malloc(n_bytes);
		if (packet)
			agent_recovered(POOL_C_HEAP, n_bytes);
	}
	if (packet)
		packet->n_bytes = n_bytes;
	return packet;
}

static void send(struct packet *packet)
{
	struct packet **place = &packets;

	packet->next = NULL;
	packet->until_ms = now_ms() + (chance(16) ? LATE_MS : ACKNOWLEDGED_MS);
	while (*place)
		place = &(*place)->next;
	*place = packet;
}

static void send_messages(void)
{
	size_t n_bytes = 0;
	struct packet *packet;

	for (const struct message *message = first; message; message = message->next)
		n_bytes += sizeof(message->data);
	packet = n_bytes ? packet_new(n_bytes) : NULL;
	if (!packet)
		return;
	for (uint8_t *to = packet->data; first; to += sizeof(first->data)) {
		struct message *message = first;

		memcpy(to, message->data, sizeof(message->data));
		first = message->next;
		message_free(message);
	}
	send(packet);
}

static void send_log(void)
{
	struct packet *packet = packet_new(LOG_BYTES);

	if (!packet)
		return;
	memset(packet->data, 0, LOG_BYTES);
	send(packet);
}

static void run_radio(void)
{
	for (;; task_sleep(chance(32) ? BUSY_MS : SEND_MS)) {
		for (struct packet **place = &packets; *place;)
			if ((int32_t)(now_ms() - (*place)->until_ms) >= 0)
				drop(place);
			else
				place = &(*place)->next;
		if (chance(12))
			send_log();
		else
			send_messages();
	}
}

void node_start(void)
{
	history_start();
	task_start(&sampler, "sampler", run_sampler);
	task_start(&radio, "radio", run_radio);
}

void node_break(void) { __builtin_trap(); /* an instruction that is not defined */ }

void node_run(void)
{
	task_run(&sampler);
	task_run(&radio);
}
