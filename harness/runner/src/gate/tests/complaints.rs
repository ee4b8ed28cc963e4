//! Boards that were exchanged, each by the number of the thread in which somebody complained of it.

use super::*;

/// zephyr#82331: with two boards plugged in, what was meant for one was flashed on the other.
#[test]
fn zephyr_82331_of_two_boards_that_were_exchanged_neither_is_touched() {
    let mut bench = FakeBench::default();
    for (name, says) in [("a", "B18"), ("b", "A17")] {
        let world = World {
            serials: Vec::leak(vec![says]),
            ..World::right()
        };
        let fake = FakeUnit::that(move |op, _, _| world.perform(op));
        bench.units.insert(unit(name), Arc::new(fake));
    }
    let mut tasks = vec![task(0, &["a"]), task(1, &["b"])];
    for task in &mut tasks {
        let case = Arc::make_mut(&mut task.case);
        case.effects = vec![Effect::MayBrick];
        case.within = Dur::secs(3600);
    }
    let mut plan = plan(tasks);
    plan.bench.units = vec![bench_unit("a", "A17"), bench_unit("b", "B18")];
    let flashed = Arc::new(AtomicUsize::new(0));
    let body = || {
        let flashed = Arc::clone(&flashed);
        Body(Box::new(move |_| {
            flashed.fetch_add(1, Ordering::SeqCst);
            CaseEnd::Complete
        }))
    };
    let bodies = vec![("case-0", body()), ("case-1", body())];
    let mut fake = FakeRun::new(plan, bench, bodies);
    let product = fake.job.products.get_mut(&profile().id).unwrap();
    product.device = Some(Arc::new(device()));
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(flashed.load(Ordering::SeqCst), 0);
    let told = fake
        .journal()
        .into_iter()
        .filter_map(|(_, fact)| match fact {
            Fact::UnitBroken { trouble } => Some(trouble.what),
            _ => None,
        });
    let told: Vec<String> = told.collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for other in ["that is a:", "that is b:"] {
        assert!(told.iter().any(|what| what.contains(other)), "{told:?}");
    }
}

/// meshcore-firmware#323: the path of a port led to another board after two had been exchanged, and that one was
/// flashed.
#[test]
fn meshcore_323_after_a_swap_the_board_at_the_port_is_refused_by_its_serial_number() {
    let mut desk = Desk::of(World::right());
    let ours = Arc::clone(&desk.world);
    let theirs = Arc::new(World {
        serials: &["B18"],
        ..World::right()
    });
    let swapped = Arc::new(AtomicBool::new(false));
    let is_swapped = Arc::clone(&swapped);
    // The supplies of both go together: it is the port alone that leads to one or the other.
    let at_port = move |op: &Op| match (op, is_swapped.load(Ordering::SeqCst)) {
        (Op::Power(_), _) => ours.perform(op).and_then(|_| theirs.perform(op)),
        (_, false) => ours.perform(op),
        (_, true) => theirs.perform(op),
    };
    let mut bench = FakeBench::default();
    let fake = FakeUnit::that(move |op, _, _| at_port(op));
    bench.units.insert(unit("a"), Arc::new(fake));
    let plan = (*desk.run.job.plan).clone();
    desk.run = FakeRun::new(plan, bench, Vec::new());
    assert!(desk.pass().is_ok(), "before the swap");
    swapped.store(true, Ordering::SeqCst);
    let refusal = desk.refused();
    let what = &refusal.trouble.what;
    assert!(what.contains("B18") && what.contains("that is b"), "{what}");
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    assert_eq!(refusal.broken, Some(unit("a")), "out of service");
    swapped.store(false, Ordering::SeqCst);
    assert!(desk.pass().is_ok(), "and after it was put right");
}
