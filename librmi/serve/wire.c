/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames on their way. */

#include "serve/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint32_t rmi_wire_length(unsigned type)
{
	switch (type) {
	case WIRE_ATTACH:
		return sizeof(struct wire_attach);
	case WIRE_ATTACHED:
		return sizeof(struct wire_attached);
	case WIRE_REFUSED:
		return sizeof(struct wire_refused);
	case WIRE_CALL:
	case WIRE_ANSWER:
		return sizeof(struct wire_call);
	case WIRE_KICK:
	case WIRE_KICKED:
	case WIRE_COUNTER:
	case WIRE_COUNTER_IS:
	case WIRE_HELD:
		return sizeof(struct wire_number);
	case WIRE_OPERATION:
	case WIRE_OPERATION_IS:
		return sizeof(struct wire_operation);
	case WIRE_HELD_ARE:
		return sizeof(struct wire_held);
	default:
		return 0;
	}
}

void rmi_wire_begin(union wire_frame *frame, enum wire_type type)
{
	memset(frame, 0, rmi_wire_length(type));
	frame->header = (struct wire_header){
	        .magic = WIRE_MAGIC,
	        .version = WIRE_VERSION,
	        .type = (uint16_t)type,
	        .length = rmi_wire_length(type),
	};
}

/* Room for the descriptors of one message. */
union ancillary {
	struct cmsghdr header;
	unsigned char room[CMSG_SPACE((WIRE_MAX_PES + 1) * sizeof(int))];
};

int rmi_wire_send(int fd, const union wire_frame *frame, const int *fds, unsigned num_fds)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)frame, .iov_len = frame->header.length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union ancillary ancillary;
	ssize_t sent;

	if (num_fds > 0) {
		memset(&ancillary, 0, sizeof(ancillary));
		message.msg_control = &ancillary;
		message.msg_controllen = CMSG_SPACE(num_fds * sizeof(int));
		ancillary.header.cmsg_level = SOL_SOCKET;
		ancillary.header.cmsg_type = SCM_RIGHTS;
		ancillary.header.cmsg_len = CMSG_LEN(num_fds * sizeof(int));
		memcpy(CMSG_DATA(&ancillary.header), fds, num_fds * sizeof(int));
	}
	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)frame->header.length;
}

/* Takes the descriptors of a message; those that nobody has room for are closed. */
static void take_fds(struct msghdr *message, int *fds, unsigned room, unsigned *count)
{
	*count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		size_t here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < here; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (*count < room)
				fds[(*count)++] = fd;
			else
				(void)close(fd);
		}
	}
}

static enum wire_result check(const union wire_frame *frame, size_t length, int flags)
{
	const struct wire_header *header = &frame->header;

	if (length < sizeof(*header) || header->magic != WIRE_MAGIC)
		return WIRE_FOREIGN;
	if (header->version != WIRE_VERSION)
		return WIRE_OTHER;
	if ((flags & MSG_TRUNC) != 0 || header->length != length || header->zero != 0 ||
	    header->length != rmi_wire_length(header->type))
		return WIRE_FOREIGN;
	return WIRE_GOOD;
}

enum wire_result rmi_wire_receive(int fd, union wire_frame *frame, int *fds, unsigned *num_fds)
{
	struct iovec part = {.iov_base = frame, .iov_len = sizeof(*frame)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union ancillary ancillary;
	unsigned room = num_fds != NULL ? *num_fds : 0;
	unsigned resets = 0;
	ssize_t length;

	if (num_fds != NULL) {
		memset(&ancillary, 0, sizeof(ancillary));
		message.msg_control = &ancillary;
		message.msg_controllen = sizeof(ancillary);
		*num_fds = 0;
	}
	/*
	 * A refusal that came before the other end closed is still there behind the error. Without
	 * room for ancillary data the kernel closes descriptors that somebody sends.
	 */
	do
		length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return WIRE_LATE;
	if (length <= 0)
		return WIRE_CLOSED;
	if (num_fds != NULL)
		take_fds(&message, fds, room, num_fds);
	return check(frame, (size_t)length, message.msg_flags);
}
