/* One direction of a channel: several transfers in flight, with their bytes in order. A halt of the endpoint is cleared
 * and failed transfers are repeated; after too many faults in a row the device counts as gone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct libusb_device_handle;
struct libusb_transfer;

enum { USB_LANE_SLOTS = 16, USB_LANE_FAULTS_MAX = 5 };

enum usb_slot_state {
	SLOT_FREE,
	SLOT_AWAY, /* submitted */
	SLOT_BACK, /* completed; its bytes are still to be processed */
};

struct usb_slot {
	struct usb_lane *lane;
	struct libusb_transfer *transfer;
	uint8_t *bytes;
	size_t n_bytes; /* received, or to be sent */
	size_t n_done;  /* of these: written to the socket, or sent */
	enum usb_slot_state state;
};

struct usb_lane {
	struct libusb_device_handle *handle;
	uint8_t endpoint;
	size_t room_bytes; /* of a slot */
	struct usb_slot slots[USB_LANE_SLOTS];
	unsigned n_slots, i_first, n_used, n_away; /* a ring, from the oldest slot on */
	unsigned n_faults;                         /* since the last transferred byte */
	bool mending, cancelled;
	bool gone; /* the device is gone, or counts as gone */
};

/* 0 or -ENOMEM; deinit in both cases, also on all-zero. */
int usb_lane_init(struct usb_lane *lane, struct libusb_device_handle *handle, uint8_t endpoint, unsigned n_slots,
		  size_t room_bytes);
/* Only while no transfer is in flight. */
void usb_lane_deinit(struct usb_lane *lane);
void usb_lane_cancel(struct usb_lane *lane);

/* From the device to a non-blocking socket; starts at the first call. False once the socket is closed. */
bool usb_lane_receive(struct usb_lane *lane, int fd);
/* Whether bytes wait for room in the socket. */
bool usb_lane_holds(const struct usb_lane *lane);

/* From a socket to the device. False once the socket is closed; bytes already read are still sent. */
bool usb_lane_send(struct usb_lane *lane, int fd);
/* Whether there is room for more. */
bool usb_lane_takes(const struct usb_lane *lane);
