// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/rmi: the Realm Management Interface for user space. A process allocates physical memory,
 * maps it, and makes RMI calls on it; the driver sees to it that neither the calls nor the death
 * of the process do harm to anybody else.
 */

#include <linux/arm-smccc.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "shim.h"

static bool loopback;
module_param(loopback, bool, 0444);
MODULE_PARM_DESC(loopback, "a process behind /dev/rmi-loopback is the RMM");

struct shim_rmm shim_rmm;

static DEFINE_MUTEX(files_lock);
static LIST_HEAD(files);

static u64 held_by(struct shim_file *sf)
{
	struct shim_chunk *chunk;
	u64 held = 0;

	mutex_lock(&sf->lock);
	list_for_each_entry(chunk, &sf->chunks, link) {
		for (u64 i = 0; i < chunk->pages; i++)
			held += chunk->state[i] != RMI_SHIM_PAGE_NORMAL;
	}
	mutex_unlock(&sf->lock);
	return held;
}

static u64 held_by_all(void)
{
	struct shim_file *sf;
	u64 held = 0;

	mutex_lock(&files_lock);
	list_for_each_entry(sf, &files, link)
		held += held_by(sf);
	mutex_unlock(&files_lock);
	return held;
}

static int shim_open(struct inode *inode, struct file *file)
{
	struct shim_file *sf;

	/* What goes wrong here stops the machine. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (shim_rmm.loopback && !shim_loopback_attached())
		return -ENODEV;
	sf = kzalloc(sizeof(*sf), GFP_KERNEL);
	if (!sf)
		return -ENOMEM;
	mutex_init(&sf->call_lock);
	mutex_init(&sf->lock);
	init_rwsem(&sf->chunks_lock);
	INIT_LIST_HEAD(&sf->chunks);
	INIT_LIST_HEAD(&sf->objects);
	sf->mapping = file->f_mapping;
	for (unsigned int i = 0; i < SHIM_MAX_PES; i++)
		sf->pes[i].cpu = SHIM_NO_CPU;
	file->private_data = sf;
	mutex_lock(&files_lock);
	list_add_tail(&sf->link, &files);
	mutex_unlock(&files_lock);
	return 0;
}

static int shim_release(struct inode *inode, struct file *file)
{
	struct shim_file *sf = file->private_data;

	shim_release_all(sf);
	mutex_lock(&files_lock);
	list_del(&sf->link);
	mutex_unlock(&files_lock);
	kfree(sf);
	return 0;
}

static int ioctl_info(void __user *user)
{
	struct rmi_shim_info info = {
	        .abi = RMI_SHIM_ABI_VERSION,
	        .flags = shim_rmm.loopback ? RMI_SHIM_LOOPBACK : 0,
	        .revision = shim_rmm.revision,
	        .granule_size = SHIM_GRANULE,
	        .num_pes = shim_rmm.num_pes,
	        .num_lrs = shim_rmm.num_lrs,
	        .lower = shim_rmm.lower,
	        .higher = shim_rmm.higher,
	        .ich_vtr = shim_rmm.ich_vtr,
	        .counter_hz = shim_rmm.counter_hz,
	        .held = held_by_all(),
	        .leaked = shim_leaked_pages(),
	};

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_alloc(struct shim_file *sf, void __user *user)
{
	struct rmi_shim_chunk args;
	struct shim_chunk *chunk;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.pa)
		return -EINVAL;
	chunk = shim_chunk_make(args.size);
	if (IS_ERR(chunk))
		return PTR_ERR(chunk);
	args.pa = chunk->base;
	if (copy_to_user(user, &args, sizeof(args))) {
		shim_chunk_drop(chunk);
		return -EFAULT;
	}
	shim_chunk_add(sf, chunk);
	return 0;
}

static int ioctl_call(struct shim_file *sf, struct rmi_shim_call __user *user)
{
	struct rmi_shim_call args;
	struct shim_call call = {};
	int err;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.reserved)
		return -EINVAL;
	call.pe = args.pe;
	memcpy(call.regs.x, args.x, sizeof(args.x));
	err = shim_call(sf, &call);
	if (err)
		return err;
	/* What was put in place of the caller's arguments is no result. */
	for (unsigned int i = 1; i < RMI_SHIM_NUM_REGS; i++) {
		if (call.regs.x[i] == call.sent.x[i])
			call.regs.x[i] = args.x[i];
	}
	return copy_to_user(user->x, call.regs.x, sizeof(call.regs.x)) ? -EFAULT : 0;
}

static int ioctl_enter(struct shim_file *sf, void __user *user)
{
	struct rmi_shim_enter *args = memdup_user(user, sizeof(*args));
	int err;

	if (IS_ERR(args))
		return PTR_ERR(args);
	err = shim_enter(sf, args);
	if (!err && copy_to_user(user, args, sizeof(*args)))
		err = -EFAULT;
	kfree(args);
	return err;
}

static long shim_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct shim_file *sf = file->private_data;
	void __user *user = (void __user *)arg;
	struct rmi_shim_chunk chunk;
	struct rmi_shim_pages pages;
	struct rmi_shim_kick kick;

	switch (cmd) {
	case RMI_SHIM_INFO:
		return ioctl_info(user);
	case RMI_SHIM_ALLOC:
		return ioctl_alloc(sf, user);
	case RMI_SHIM_FREE:
		if (copy_from_user(&chunk, user, sizeof(chunk)))
			return -EFAULT;
		return shim_chunk_free(sf, chunk.pa, chunk.size);
	case RMI_SHIM_CALL:
		return ioctl_call(sf, user);
	case RMI_SHIM_ENTER:
		return ioctl_enter(sf, user);
	case RMI_SHIM_PAGES:
		if (copy_from_user(&pages, user, sizeof(pages)))
			return -EFAULT;
		return shim_pages_query(sf, &pages);
	case RMI_SHIM_KICK:
		if (copy_from_user(&kick, user, sizeof(kick)))
			return -EFAULT;
		return kick.reserved ? -EINVAL : shim_kick(sf, kick.pe);
	default:
		return -ENOTTY;
	}
}

const struct file_operations shim_fops = {
        .owner = THIS_MODULE,
        .open = shim_open,
        .release = shim_release,
        .unlocked_ioctl = shim_ioctl,
        .mmap = shim_mmap,
};

static struct miscdevice shim_device = {
        .minor = MISC_DYNAMIC_MINOR,
        .name = "rmi",
        .fops = &shim_fops,
        .mode = 0600,
};

/* An SMC where nobody takes any is an undefined instruction. */
static int __init probe(void)
{
	int err = -ENODEV;

	if (arm_smccc_1_1_get_conduit() == SMCCC_CONDUIT_SMC &&
	    arm_smccc_get_version() >= ARM_SMCCC_VERSION_1_2)
		err = shim_probe_rmm();
	if (err) {
		pr_info("rmi-shim: there is no RMM\n");
		return err;
	}
	return shim_ich_init();
}

static int __init shim_init(void)
{
	int err;

	if (PAGE_SIZE != SHIM_GRANULE) {
		pr_info("rmi-shim: the kernel's pages are not of 4 KiB\n");
		return -EOPNOTSUPP;
	}
	shim_rmm.loopback = loopback;
	if (loopback)
		err = shim_loopback_init();
	else
		err = probe();
	if (err)
		return err;
	err = misc_register(&shim_device);
	if (err && loopback)
		shim_loopback_fini();
	return err;
}

static void __exit shim_exit(void)
{
	misc_deregister(&shim_device);
	if (shim_rmm.loopback)
		shim_loopback_fini();
}

module_init(shim_init);
module_exit(shim_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("realmkit");
MODULE_DESCRIPTION("Realm Management Interface (Arm CCA) for user space");
