"""What the demonstration cards speak about: fields, topics and the angles from which a topic is looked at.

Everything here is invented. Two small notations keep it readable as a list:

* A field's topics are lines `<class> <name>: <gloss>`. The class is `d` for a device, `s` for a service
  or scheme, `r` for a rule or policy, `k` for a practice of culture or daily life, `p` for a phenomenon
  or problem; an upper-case letter says that the name takes a plural verb. A name may begin with `the`,
  and a stem in brackets is what compounds are made with (default: the name without its plural). The gloss
  is a noun phrase that can stand after the name between commas.
* An angle is a block that begins with `@ <classes>` (`D`: devices in the plural only). Each line is one
  variant of what its letters name: `k` keyword, `n` row name, `d` description, `c` change
  (`before => after`), `y` ten-year clause, `f` driving force, `s` sentence of a summary; and, name and text
  paired by their order, `cn ct` concern, `bn bt` behavior, `in it` emerging issue.

Slots are explained in `corpus.py`. Topics and people are always plural or mass nouns, so no article before a
slot can be wrong.
"""

FIELDS = """
= home energy | environment
themes energy transition; household energy; energy costs; building renovation; grid flexibility; local energy
actors grid operators; housing associations; heating installers; energy suppliers
people tenants; homeowners; small landlords; pensioners on fixed incomes
settings in older terraces; in tower blocks; in villages off the gas grid; in rented flats
drivers Energy bills that rose faster than wages.
drivers Tariffs that reward use outside the evening peak.
drivers A shortage of trained installers that favours simple kit.
drivers Renovation deadlines that landlords can no longer put off.
tech Load-shifting controllers: Small boxes that start boilers and chargers when power is cheap.
tech Thermal imaging drones: Drones that map heat loss street by street before work begins.
tech Phase-change plaster: Wall plaster that stores the warmth of the day and gives it back at night.
tech Smart meter gateways: Gateways that pass consumption data to services the household has chosen.
D balcony solar panels: small plug-in panels that hang from a railing
D home batteries: wall-mounted packs that store cheap power for the evening
s street-by-street retrofit: renovation in which neighbours are insulated together
S warm homes on prescription [warm home prescription]: heating paid for by a doctor's referral
S energy communities: groups of neighbours who own generation and share its yield
s vehicle-to-grid charging: parking that sells power back in the evening peak
d geothermal heating: shared boreholes that warm a whole block
R dynamic tariffs: prices that change every half hour with the grid
p energy poverty: the choice between heating and other bills
D wood fibre insulation panels: boards pressed from sawmill waste
P summer blackouts: outages caused by cooling rather than heating
S heat networks: pipes that carry waste warmth from industry to homes

= water and weather | environment
themes extreme weather; water security; flood risk; disaster planning; insurance and risk; coastal life
actors river authorities; water companies; emergency planners; insurers
people coastal residents; farmers; campsite owners; commuters
settings along the lower river; in hillside suburbs; on low-lying coasts; in dry inland towns
drivers Two flood seasons in a row with losses that no budget had foreseen.
drivers Premiums that rise wherever the maps are redrawn.
drivers Falling groundwater in places that never metered it.
drivers Cheap sensors that make local readings possible.
tech River level sensors: Battery-powered gauges that report by radio every ten minutes.
tech Downscaled rain forecasts: Models that give rainfall for a single valley some hours ahead.
tech Floating flood barriers: Barriers that rise with the water and need no crew.
tech Satellite soil moisture maps: Maps that show weekly how much water the ground still holds.
P flash floods: sudden high water after short heavy rain
P heat waves: runs of days too hot for ordinary work
S sponge parks: lowered lawns that hold storm water for a day
r managed retreat: the planned move of homes away from the shore
D rain gardens: planted hollows that drink the runoff of a street
s greywater reuse: a second round for water from showers and sinks
p groundwater depletion: wells that have to be dug deeper each year
D fog collectors: nets that comb drinking water out of mist
s parametric insurance: cover that pays when a gauge passes a limit
p saltwater intrusion: sea water that creeps into wells and fields
R river personhood claims: lawsuits that treat a river as a legal person
P wildfire smoke days: days on which distant fires close playgrounds

= land and sea | environment
themes nature restoration; ecosystems; conservation; land use; oceans; rewilding
actors park rangers; marine biologists; land trusts; fishing cooperatives
people anglers; hill farmers; walkers; island communities
settings on former peat fields; in coastal shallows; along motorway verges; in upland forests
drivers Payments that now reward what is left standing.
drivers Acoustic recorders cheap enough to leave outside for a year.
drivers Public affection for a few visible species.
drivers Buyers who ask where timber and fish come from.
tech Acoustic monitoring networks: Recorders that count species by their calls, day and night.
tech Environmental DNA kits: Test kits that read from a cup of water which animals passed by.
tech Seed-dropping drones: Drones that sow native plants on slopes too steep to walk.
tech Underwater camera sleds: Towed cameras that chart the sea floor without trawling.
S seagrass meadows: underwater lawns that calm waves and store carbon
R beaver reintroductions: the return of dam builders to small rivers
S oyster reefs: living breakwaters built from recycled shells
s peatland rewetting: the closing of old drains so that moss returns
P insect declines: shrinking catches in traps that have hung for decades
r assisted migration: planting trees north of where they used to grow
P invasive mussels: newcomers that clog pipes and starve native shellfish
S wildlife corridors: planted links between fragments of habitat
s seaweed farming: ropes of kelp grown without feed or fresh water
P noise-stressed whales [whale noise]: animals that change their calls near shipping lanes
R nature credits: tradable units of restored habitat
k mushroom foraging: gathering that has become a weekend fashion

= farming and food | food
themes food systems; agriculture; diets; food prices; food waste; rural life
actors growers; dairy cooperatives; supermarket buyers; seed companies
people shoppers; school cooks; seasonal workers; young families
settings on family farms; in glasshouse districts; in hill country; at wholesale markets
drivers Feed and fertiliser prices that eat the margin.
drivers Buyers who ask for a carbon figure on every pallet.
drivers Fewer people willing to do the harvest by hand.
drivers A run of dry springs that old varieties do not survive.
tech Weeding robots: Slow machines that pull weeds one by one and need no spray.
tech Gene-edited seed lines: Crops with one small change that makes them stand heat.
tech Milk composition sensors: Sensors in the parlour that show illness two days before it is visible.
tech Cold-chain trackers: Tags that record every warm hour between field and shelf.
s precision fermentation: the brewing of milk and egg proteins by yeast
S perennial grains: cereals that are sown once and cut for years
S insect farms: halls in which larvae turn scraps into feed
d vertical farming: salad grown on shelves under lamps
S surplus food apps: services that sell the day's leftovers at closing time
p cocoa shortages [cocoa shortage]: failed harvests that change recipes
s agrivoltaics: crops and solar panels on the same field
S forgotten grains: millet, spelt and other crops that are coming back
p shrinkflation: smaller packs at the old price
S school meal gardens: plots whose harvest goes straight to the canteen
D farm robots: machines that sow, hoe and pick without a driver
s soil carbon: carbon kept in the ground by gentler ploughing
P honey frauds [honey fraud]: syrups sold as the work of bees

= medicine | health
themes health care; prevention; hospital care; medical research; patient rights; health technology
actors hospital managers; family doctors; pharmacists; health insurers
people patients; night-shift nurses; carers; people with chronic illness
settings on general wards; in rural practices; at home after surgery; in walk-in clinics
drivers Waiting lists that grew while budgets stood still.
drivers Fewer doctors per head outside the large towns.
drivers Devices that moved from the laboratory to the pharmacy shelf.
drivers Patients who come with their own measurements.
tech Wearable glucose patches: Patches that show sugar levels without a drop of blood.
tech Portable ultrasound probes: Probes that plug into a phone and work at the bedside.
tech Voice note transcription: Software that turns a consultation into a draft record.
tech Wastewater sequencing: Weekly readings of sewage that show which viruses are about.
S hospitals at home [hospital at home]: acute care brought to the patient's bedroom
s antibiotic resistance screening: testing on arrival for germs that drugs no longer touch
S weight-loss injections: drugs that curb appetite and reshape budgets
s phage therapy: viruses used against bacteria that resist drugs
P nursing shortages: rotas that cannot be filled at any rate
r social prescribing: choirs and allotments on a doctor's note
S digital twins of organs [organ digital twin]: computer copies on which treatment is tried first
p long covid: illness that stays for months after an infection
S pharmacy clinics: small treatments without an appointment
k sleep tracking: nightly measurements that change daytime habits
D smart inhalers: devices that record each dose and the air around it
P medicine shortages: empty shelves for ordinary drugs
s microbiome testing: advice built on the bacteria in a sample

= mind and ageing | health
themes wellbeing; care; loneliness; families; later life; youth
actors care homes; youth workers; charities; family therapists
people teenagers; widowers; new parents; informal carers
settings in small towns; in shared flats; in sheltered housing; in the first year of study
drivers Households of one that have become the most common kind.
drivers Waiting times for therapy that run into a second year.
drivers Care workers who leave faster than they are replaced.
drivers A generation that speaks about feelings more openly.
tech Companion robots: Small talking devices that remind, greet and keep company.
tech Fall detection radar: Wall sensors that notice a fall without a camera.
tech Mood journalling apps: Apps that ask a few questions a day and show patterns.
tech Hearing aids with translation: Ear pieces that lower noise and translate a conversation.
S intergenerational homes: flats where students pay part of the rent in company
S grief chatbots: programs that imitate someone who has died
R phone-free schools [phone-free school]: classrooms in which devices stay in a locker
P friendship recessions [friendship recession]: the slow decline of close ties after school
R menopause policies: paid rest that employers once did not name
K memory cafés: weekly meetings for people with dementia and their families
p screen fatigue: tiredness after days of calls and feeds
S co-living schemes for elders [elder co-living]: houses with private rooms and one large kitchen
p climate anxiety: worry about the future that keeps people awake
S longevity clinics: private check-ups that promise extra healthy years
k digital detox travel: holidays sold on the absence of a signal
K repair groups for men [men's shed]: workshops where talk comes with a task

= machine intelligence | technology
themes automation; algorithms; machine learning; digital ethics; open source; human-machine relations
actors software vendors; research laboratories; newsrooms; public agencies
people office workers; translators; call centre staff; junior programmers
settings in back offices; in small companies; in public administration; in customer service
drivers Prices per query that halve every year.
drivers Managers who want savings before the next budget.
drivers Models small enough to run on a phone.
drivers Courts that have begun to ask who signed a decision.
tech On-device models: Compact models that answer without sending data to a server.
tech Synthetic test data: Generated records that let teams test without touching real people.
tech Provenance watermarks: Marks that show which picture was made by a machine.
tech Retrieval systems: Search that hands a model the passages it may quote.
S AI agents: programs that plan and carry out errands on their own
S small language models: compact models trained for one task
p model collapse: the decay of models that learn from their own output
S synthetic voices: speech that copies a speaker from a few seconds
r prompt injection testing: attacks tried on purpose before others try them
p automation bias: the habit of trusting the machine's first answer
S coding assistants: tools that draft and review programs
S AI companions: chat partners built to be missed
r algorithm auditing: outside inspection of automated decisions
P hallucinated citations: sources that look right and do not exist
S machine translation headsets: ear pieces that turn one language into another
r open-weight licensing: release of trained models for anyone to run
S AI tutors: programs that explain, ask back and never tire

= computing infrastructure | technology
themes digital infrastructure; cloud computing; semiconductors; energy use; networks; hardware
actors network operators; chip makers; cloud providers; regional planners
people residents near substations; system administrators; start-up founders; hospital IT teams
settings on the edge of town; in northern valleys; along subsea routes; in leased halls
drivers Demand for computing that outgrew every forecast.
drivers Export rules that made single suppliers a risk.
drivers Grid connections that take longer than the building.
drivers Customers who ask where their data sleep.
tech Immersion cooling: Servers that run in a bath of oil and need no fans.
tech Photonic links: Light-based connections that move data with less heat.
tech Sovereign cloud stacks: Hosting that stays under one country's law.
tech Chiplet packaging: Processors put together from small parts of several makers.
p chip shortages [chip shortage]: missing parts that stop whole factories
D subsea cables: fibre lines on the sea floor that carry most traffic
s waste heat recovery: warmth from servers led into swimming pools
S edge servers: small machines placed close to those who use them
d quantum computing: machines that calculate with fragile states
s post-quantum encryption: ciphers meant to outlive tomorrow's machines
D satellite internet terminals: dishes that bring a connection to remote roofs
S community networks: village-owned antennas where no company would build
P cloud outages: hours in which half the web goes dark
d photonic computing: processors that calculate with light
k software frugality: programs written to run on old machines
S open chip designs: processor plans that anybody may build on

= fraud and security | technology
themes cybersecurity; fraud; identity; privacy; digital crime; critical infrastructure
actors banks; police units; security researchers; telecom operators
people pensioners; small shopkeepers; hospital clerks; online sellers
settings over the telephone; in family chats; at small firms; at the payment desk
drivers Tools for imitation that cost less than a meal.
drivers Refund rules that move the loss from victims to banks.
drivers Old systems that nobody dares to switch off.
drivers Data leaks that never stop being useful to thieves.
tech Call screening assistants: Assistants that answer unknown numbers first.
tech Passkeys: Sign-in keys that cannot be given away on the telephone.
tech Decoy servers: False targets that show how intruders work.
tech Liveness checks: Tests that tell a face from a film of a face.
P deepfake calls: familiar voices that ask for money
P ransomware attacks: locked files and a price for the key
R bug bounties: rewards for those who report a hole
p identity theft: accounts opened in somebody else's name
S digital identity wallets: phone apps that hold official papers
p romance fraud: long flattery that ends in a transfer
s zero-trust design: networks that believe nobody by default
K scam-baiting channels: shows in which fraudsters are kept busy
P supply chain compromises [software supply chain]: tampered updates from trusted makers
r data minimisation: the habit of collecting less
P location leaks: movement traces sold by forgotten apps
K cyber volunteers: experts who help town halls after an attack

= work | business
themes labour market; workplace; management; skills; productivity; employment rights
actors employers; trade unions; staffing agencies; personnel departments
people new graduates; part-time staff; freelancers; middle managers
settings in open-plan offices; in warehouses; in small consultancies; in the public sector
drivers Vacancies that stay open for half a year.
drivers Younger staff who bargain over time before money.
drivers Rents for floors that stand half empty.
drivers Software that measures what managers used to guess.
tech Shift-swapping apps: Apps in which teams plan their own rota.
tech Skills passports: Portable records of what somebody can do.
tech Meeting cost meters: Counters that show what an hour together costs.
tech Exoskeleton vests: Vests that carry part of the load in warehouses.
r the four-day week: full pay for a shorter week
p quiet quitting: work to the letter of the contract
R returnships: paid placements after years of care
r salary transparency: pay bands printed in every advert
p employee monitoring: software that counts keystrokes and pauses
S worker cooperatives: firms owned by those who work in them
S micro-internships: tasks of a few hours that open a door
p burnout: exhaustion that a holiday does not cure
S coworking villages: offices in places people used to leave
r skills-based hiring: tests of ability in place of diplomas
P ghost jobs: adverts for posts nobody means to fill
k job crafting: the quiet redesign of a post by its holder

= money and trade | business
themes finance; consumer behaviour; trade; logistics; business models; local economy
actors retailers; payment firms; freight companies; savings banks
people market traders; parents; parcel drivers; small exporters
settings at the till; in border towns; in suburban malls; at inland ports
drivers Interest rates that ended the years of free growth.
drivers Customers who compare every price on the spot.
drivers Tariffs that change faster than contracts.
drivers Return parcels that cost more than they save.
tech Digital product passports: Codes that show origin, parts and repair history.
tech Autonomous yard trucks: Driverless tractors that move trailers inside a depot.
tech Instant payment rails: Transfers that arrive within seconds at any hour.
tech Parcel lockers: Shared boxes that replace the second delivery attempt.
S buy-now-pay-later loans: small credits hidden in the checkout
R central bank digital currencies [digital currency]: public money without notes
P bank branch closures: counters that vanish from the high street
S resale platforms: second-hand sales run by the brands themselves
S subscription groceries: weekly baskets chosen by habit
r reshoring: factories moved back near their customers
p subscription fatigue: too many small monthly payments
S local currencies: notes that only the next valley accepts
r dynamic pricing: shelf prices that move with the hour
S tool libraries: places that lend what most people use twice a year
P tariff shocks: duties that arrive overnight
s cargo sailing: freight under wind on old routes
S repair vouchers: public money for mending things

= streets | city
themes urban planning; mobility; public space; air quality; road safety; public transport
actors city councils; bus operators; traffic engineers; neighbourhood groups
people commuters; wheelchair users; delivery riders; schoolchildren
settings in inner districts; on ring roads; around school gates; in commuter suburbs
drivers Air quality limits that courts now enforce.
drivers Ticket revenue that has not come back.
drivers Parents who want a safe way to school.
drivers Kerb space that has become the scarcest good in town.
tech Adaptive traffic signals: Lights that give buses and cyclists the right of way.
tech Kerbside booking systems: Systems in which vans reserve a place to unload.
tech Pedestrian counters: Sensors that show how a street is used through the day.
tech Cargo bike trailers: Trailers that replace a van on the last mile.
R school streets: roads closed to cars when lessons begin and end
S cargo bikes: three-wheelers that carry what vans used to
S night buses [night bus]: routes for people whose shift ends at three
r congestion charging: a price on driving at busy hours
R superblocks: groups of streets with no through traffic
S robotaxis [robotaxi]: taxis without anyone at the wheel
p parking scarcity: too many cars for too few kerbs
r free public transport: buses and trams without tickets
P e-scooter injuries: a new entry in emergency ward statistics
R car-free Sundays: one day on which the road belongs to walkers
S shade corridors: planted routes that stay walkable in August
p tyre dust: the part of traffic pollution that has no exhaust

= housing | city
themes housing; architecture; neighbourhoods; construction; affordability; urban regeneration
actors housing associations; developers; city planners; building firms
people first-time buyers; lodgers; students; families on waiting lists
settings above empty shops; in former office towers; on small infill plots; in seaside towns
drivers Rents that take more than a third of wages.
drivers Office floors that will not be let again.
drivers Planning rules that finally allow more than one storey.
drivers Building costs that make reuse cheaper than new work.
tech Printed concrete walls: Walls laid by a robot arm in a day.
tech Timber frame kits: Frames cut in a hall and put up in a week.
tech Material registers: Lists of every beam in a house and where it may go next.
tech Vacancy mapping: Maps that combine meter and tax data to find empty homes.
r office-to-home conversion: flats in towers that used to hold desks
S tiny houses: homes on wheels or on leftover plots
S community land trusts: bodies that keep ground out of the market
p short-let pressure: flats that serve visitors in place of residents
r rent indexation: rents that follow prices by law
R housing first schemes: a key before any condition is met
P empty high streets [empty high street]: rows of shutters in once busy towns
s mass timber: tall buildings that store carbon
S multigenerational mortgages: loans that children inherit
s urban mining: the harvest of metal and brick from demolition
S modular homes: rooms that arrive by lorry
K library living rooms: public reading rooms used as shared lounges

= schools | education
themes education; learning; curriculum; teaching; childhood; digital literacy
actors head teachers; education ministries; publishers; parent associations
people pupils; trainee teachers; parents; school librarians
settings in primary schools; in rural districts; in vocational classes; in after-school clubs
drivers Classes without a teacher for the subject.
drivers Test results that differ more between districts than within.
drivers Parents who doubt what homework still measures.
drivers Publishers that sell access in place of books.
tech Handwriting recognition pads: Pads that read essays as they are written.
tech Classroom air monitors: Monitors that show when to open a window.
tech Offline lesson servers: Small boxes that bring a library to places without a network.
tech Reading fluency tools: Tools that listen to a child and mark hard words.
R oral exams: talk in place of essays that machines can write
K forest schools: lessons outdoors in all weathers
P teacher shortages: timetables with holes in every week
k media literacy: lessons in where a claim comes from
S micro-credentials: small certificates that add up
k project-based learning: months on one question of the pupils' own
P school absences: empty chairs that never came back after the pandemic
k slow learning: fewer topics with more time
S outdoor classrooms: teaching rooms without walls
k handwriting revival: pens back on the desk
S maker spaces: workshops with printers, saws and advice
p homework automation: exercises that answer themselves

= research | science
themes science policy; research methods; scientific publishing; universities; open science; expertise
actors funding bodies; university libraries; laboratory heads; journal editors
people doctoral students; reviewers; citizen scientists; laboratory technicians
settings in small departments; across national borders; in field stations; at large facilities
drivers More manuscripts than anybody can review.
drivers Grants that demand open data from the first day.
drivers Instruments that produce more than teams can read.
drivers Political pressure on what may be studied.
tech Self-driving laboratories: Robots that choose and run the next experiment.
tech Open instrument plans: Drawings with which any workshop can build a microscope.
tech Citation integrity checkers: Tools that find references that do not say what is claimed.
tech Sample tracking tags: Tags that follow a specimen from field to archive.
R preprint reviews: comments that appear before a journal decides
P paper mills: firms that sell authorship
k citizen science: measurements by people who are not paid for them
R registered reports: studies accepted before the results are known
p reviewer fatigue: the same few people asked again and again
R grant lotteries: money drawn by lot among good proposals
s open hardware: instruments that anyone may copy
R research security rules: checks on who works with whom
P retraction waves: hundreds of papers withdrawn at once
k data rescue: copies of public records made in haste
R living reviews: summaries that are updated each month
s bench-to-garden biology: genetic work in community rooms

= space and matter | science
themes materials; space; engineering; physics; manufacturing; circular economy
actors space agencies; material scientists; machine builders; mining companies
people amateur astronomers; factory crews; apprentices; islanders
settings in low orbit; in pilot plants; on the sea bed; in former mining towns
drivers Launch prices that fell by a factor of ten.
drivers Metals that come from only two countries.
drivers Recycling targets that bite from next year.
drivers A patent cliff that opens old methods to all.
tech Electrolyser stacks: Units that split water with spare power.
tech In-orbit tugs: Small craft that refuel or remove others.
tech Bacterial leaching: Microbes that free metal from old waste heaps.
tech Self-healing coatings: Coatings that close their own scratches.
P satellite swarms: moving dots that spoil the night sky
p space debris: fragments that pass at bullet speed
s green steel: steel made with hydrogen in place of coal
r deep-sea mining: the lifting of metal nodules from the sea bed
D sodium batteries: cells made without lithium
s mycelium packaging: foam grown from fungus
S lunar relay stations: masts for talk with the far side
d perovskite solar film: cells printed like newspaper
s chemical recycling: plastic taken back to its building blocks
R asteroid surveys: a watch for rocks that come near
s enzyme recycling: textiles undone by proteins
D fusion test reactors: machines that hold a small sun for minutes
s stratospheric monitoring: balloons that watch thin air

= media | culture
themes media; journalism; information; platforms; attention; creator economy
actors local newspapers; platform companies; podcast studios; public broadcasters
people subscribers; freelance reporters; moderators; first-time voters
settings in regional newsrooms; in group chats; on video platforms; in the comment section
drivers Search traffic that no longer reaches the source.
drivers Readers who pay for people and not for brands.
drivers Advertising that follows creators in place of titles.
drivers A flood of text that costs nothing to make.
tech Content credentials: Signatures that travel with a photograph from the camera.
tech Audio article players: Players that read any page aloud in a familiar voice.
tech Feed-ranking controls: Sliders with which readers set their own order.
tech Archive search engines: Search over decades of scanned pages.
p news avoidance: readers who turn away to stay calm
K reader-owned newspapers: titles held by those who subscribe
K newsletter collectives: writers who share an editor and a till
P content farms: sites that print what a machine makes up
k slow journalism: reports that come months later and stay longer
K group chat channels: news that travels from friend to friend
p algorithmic sameness: the same song, chair and café everywhere
K podcast town halls: live recordings in which a town argues
k constructive news: reports that follow a problem to an answer
P zombie websites: dead titles revived to sell links
K community fact-checks: notes that readers add to a claim
k personal archiving: private copies of a vanishing web

= arts and play | culture
themes culture; creativity; games; music; heritage; everyday life
actors museums; game studios; record labels; festival organisers
people amateur musicians; visitors; collectors; young designers
settings in village halls; in converted factories; on handheld screens; at summer festivals
drivers Streaming income that pays for nobody's rent.
drivers A wish for evenings without a screen.
drivers Tools that make a first draft in seconds.
drivers Collections that have outgrown their cellars.
tech Motion capture suits: Suits that turn a dancer into data.
tech Museum audio maps: Sound guides that follow a visitor's steps.
tech Generative sound tools: Tools that vary a theme without end.
tech Volumetric scanners: Scanners that record a stage from all sides.
K cosy games: play without enemies or clocks
K vinyl listening bars: rooms where nobody talks during a side
k solarpunk fiction: stories in which the future is mended
K amateur choirs: singing that fills a weekday evening
K board game cafés: evenings around a table with rules
k craft revival: pottery, weaving and knives from small shops
P ticket bots [ticket bot]: programs that buy a concert in seconds
r object repatriation: the return of what was carried off
p nostalgia marketing: yesterday sold as comfort
K silent reading parties: company without conversation
S ghost writers for hire by machine [machine ghostwriting]: novels drafted by prompt
k oral history recording: voices kept before they are gone
K hopeful fantasy novels: tales in which kindness wins

= public life | politics
themes democracy; regulation; public administration; law; participation; civil society
actors parliaments; municipal offices; regulators; civic groups
people first-time voters; asylum seekers; local councillors; small charities
settings in small municipalities; before the courts; at the counter; in border regions
drivers Trust in national bodies that keeps falling.
drivers A court ruling that set a date.
drivers Forms that nobody can fill in without help.
drivers Younger members who vote across party lines.
tech Deliberation platforms: Platforms that group opinions in place of shouting them.
tech Plain-language drafting tools: Tools that turn a decree into sentences.
tech Open budget portals: Portals that show where each euro of a town goes.
tech Digital ballot audits: Random checks that prove a count.
R citizens' assemblies [citizens' assembly]: panels drawn by lot that advise on hard questions
r participatory budgeting: town money spent by vote
P election rumours: false claims that outrun the count
r right-to-repair law: duties on makers to sell parts
R sandbox regulations: rules relaxed for a trial
p form fatigue: benefits lost between two portals
r lowering the voting age: ballots at sixteen
P strategic lawsuits: claims meant to silence critics
R digital nomad visas: papers for those who work from anywhere
r wealth taxation: levies on what is owned rather than earned
R youth councils: seats for those who cannot vote yet
r algorithm registers [algorithm register]: public lists of automated decisions

= conflict and borders | politics
themes geopolitics; defence; migration; security policy; international law; energy security
actors defence ministries; border agencies; shipping lines; diplomats
people reservists; sailors; displaced families; residents of border towns
settings along the northern border; in narrow straits; in disputed waters; in garrison towns
drivers Budgets that doubled within one parliament.
drivers Cheap components that turn hobby kit into weapons.
drivers Old treaties that expire without a successor.
drivers Insurance clauses that close a route overnight.
tech Counter-drone nets: Nets and jammers that bring down small aircraft.
tech Acoustic border sensors: Microphones that tell footsteps from wind.
tech Encrypted field radios: Radios that survive jamming.
tech Mine-clearing robots: Robots that walk where nobody should.
P drone swarms: many small aircraft that decide together
p cable sabotage: anchors dragged where lines lie
k civil preparedness: cupboards, radios and plans for a bad week
R minerals alliances: pacts over metals that two countries control
P shadow fleets: old tankers without a clear owner
p climate migration: moves that begin with a failed harvest
P jammed satellite signals [satellite jamming]: phones that show the wrong sea
R conscription debates: the return of an old question
r water diplomacy: talks over rivers that cross a border
P grain blockades: harvests that cannot leave port
K volunteer translators: networks that help at the crossing
r export controls: lists that decide who may buy what
"""

ANGLES = """
@ sd
k {stem} costs
k {stem} financing
n Falling Cost of {N}
n New Ways to Pay for {N}
d {T} {is} now cheap enough for {people} to consider without a grant.
d Monthly payment plans bring {t} within reach of {people}.
d {Actors} report that the price of {t} has dropped for the third year in a row.
c a purchase for the well-off => an expense that ordinary budgets can carry
c one-off grants => monthly payment plans
y the price of {t} could matter less than the quality of advice.
y most {people} may pay for {t} by use rather than up front.
f Volume orders and simpler designs that bring prices down.
f Lenders that have learned to price small, steady risks.
s Price is the turning point: what used to need a grant now fits an ordinary budget.
s Much of the text is about money, and about who pays in advance for savings that come later.
cn Debt Behind {N}
cn Hidden Costs of {N}
ct {People} may sign long contracts for {t} without seeing the full cost.
ct Low entry prices for {t} can hide fees that only show after the first year.
bn Comparing Before Committing
bn Paying by Use
bt {People} compare offers for {t} in groups before anyone signs.
bt {People} choose small monthly sums for {t} over one large bill.
in Fair Financing of {N}
in Price Transparency for {N}
it Who carries the risk when savings from {t} turn out smaller than promised is not settled.
it Comparable prices for {t} are hard to find, and no authority publishes them.

@ sd
k {stem} maintenance
k {stem} upkeep
n Upkeep of {N}
n Maintenance Becomes the Bottleneck for {N}
d The hard part of {t} begins after the opening day, when somebody has to look after {them}.
d {Actors} find that upkeep of {t} takes more staff than the launch did.
d Care plans are written for {t} before the first contract is signed.
c projects judged by their launch => projects judged by their fifth year
c repair on demand => planned care with a budget line
y care and repair of {t} may be a trade of its own.
y {actors} could buy {t} only together with ten years of upkeep.
f Early examples that failed for want of a spare part.
f Auditors who ask what happens after year three.
s The author is less interested in the launch than in the years of upkeep that follow.
s Several early examples closed, the text says, not for lack of interest but for lack of upkeep.
cn Neglect After Launch
cn Knowledge That Leaves
ct Money is easier to find for new projects than for keeping {t} in good order.
ct When the people who started {t} leave, knowledge of how to keep {them} running leaves too.
bn Scheduling Care Days
bn Caring for What Exists
bt {People} meet on fixed days to check and mend what belongs to {t}.
bt {Actors} keep open logs of faults in {t} so that others can learn.
in Orphaned {N}
in Long-Term Care for {N}
it Nobody is responsible for {t} once the project money ends.
it Upkeep of {t} needs rules, staff and spare parts that are planned from the start.

@ sd
k trust in {t}
k {stem} transparency
n Trust as a Condition for {N}
n Open Records for {N}
d {People} accept {t} faster where results, including bad ones, are published.
d {Actors} publish complaints about {t} together with what was done about them.
d Independent visits, not brochures, persuade {people} to try {t}.
c assurances from the provider => records that anybody can read
c trust in institutions => trust in neighbours who tried it
y open records may be the normal price of offering {t}.
y {people} could expect to see the failures of {t} as easily as the successes.
f Memories of schemes that promised more than they kept.
f A public that checks claims within minutes.
s What decides, in the author's view, is whether bad results are published as readily as good ones.
s Trust grows from neighbour to neighbour here, and hardly at all from advertising.
cn Erosion of Trust in {N}
cn Selective Reporting
ct One hidden failure could cost {t} the confidence of {people} for years.
ct Providers of {t} choose which figures to show, and {people} have no way to check.
bn Asking for Evidence
bn Visiting Before Deciding
bt {People} ask to see results before they agree to {t}.
bt {People} visit places that already live with {t} and report back at home.
in Accountability for {N}
in Public Evidence on {N}
it Claims about {t} circulate without a common way to verify them.
it It remains open who should hold the records on {t} and who may read them.

@ sd
k {stem} training
k {stem} skills
n Skills Gap Around {N}
n Training Routes into {N}
d There are more plans for {t} than people who know how to carry them out.
d Short courses let {people} take over tasks around {t} within weeks.
d {Actors} train their own staff for {t} because the labour market has none.
c specialists hired from far away => local people trained in weeks
c knowledge held by a few => skills shared through short courses
y work with {t} may be part of ordinary vocational training.
y a certificate for {t} could be worth more locally than a degree.
f Vacancies that stay open for months.
f Teaching material that is free to copy.
s The limit is no longer money but people who know how to do the work.
s Training is the thread of the text, from weekend courses to a first full apprenticeship.
cn Shortage of Skilled People
cn Loss of Tacit Knowledge
ct Plans for {t} outrun the number of people able to carry them out.
ct Short courses may leave {people} with tasks around {t} that they cannot do safely.
bn Learning by Helping
bn Teaching Colleagues
bt {People} learn about {t} beside someone who has done it before.
bt Staff who know {t} set aside hours to teach others.
in Recognition of Skills for {N}
in Who Trains for {N}
it Skills around {t} are learned informally and recognised nowhere.
it {Actors} wait for each other to pay for training in {t}.

@ sd
k {stem} standards
k {stem} certification
n Common Standards for {N}
n {N} in Search of Shared Rules
d Each provider describes {t} in its own terms, so comparison is nearly impossible.
d {Actors} have begun to agree on a minimum standard for {t}.
d A voluntary label for {t} is turning into a condition for public money.
c a different rule in every town => one standard that all accept
c voluntary labels => conditions in public contracts
y one recognised standard for {t} could be in force across borders.
y {t} without a certificate may be hard to insure or sell.
f Buyers who are tired of comparing what cannot be compared.
f Public contracts that name a standard for the first time.
s Without a shared standard, the text argues, each success stays a local anecdote.
s Most of the obstacles named here would shrink with one agreed definition.
cn Standards Written by the Largest
cn Fragmented Rules for {N}
ct The first standard for {t} may be written by those who sell the most.
ct Rules for {t} differ from place to place, which shuts small providers out.
bn Copying What Works
bn Agreeing on Minimum Rules
bt {Actors} borrow each other's contracts for {t} rather than start from nothing.
bt {People} meet to settle the few rules on {t} that all of them can keep.
in Governance of {N}
in Mutual Recognition for {N}
it Who may certify {t}, and who checks the certifiers, has not been decided.
it Standards for {t} are drafted in rooms where {people} have no seat.

@ sd
k shared {stem} ownership
k {stem} cooperatives
n Shared Ownership of {N}
n {PeopleN} as Co-Owners of {N}
d {People} pool money to own {t} rather than wait for an investor.
d Membership models give {people} a say in how {t} {is} run.
d {Actors} offer {people} a stake in {t} in return for patience with the works.
c customers of a distant firm => members with a vote
c private ownership => shared use with clear rules
y membership could be the usual way to take part in {t}.
y profits from {t} may stay in the place where they are made.
f Disappointment with providers that were sold and sold again.
f Legal forms that make small stakes simple.
s Ownership is the real subject: those who take part also hold a share.
s The scheme works, the author suggests, since those who use it also decide about it.
cn Burden on Volunteers
cn Closed Circles Around {N}
ct Shared ownership of {t} rests on a few people who do most of the work.
ct Those without savings or time may be left out of {t}.
bn Pooling Resources
bn Deciding Together
bt {People} put small sums together so that {t} can start without a loan.
bt Members meet each month to settle how {t} {is} used.
in Legal Forms for Shared {N}
in Democratic Control of {N}
it Company law has no good place for {t} that {is} owned by many.
it How members can leave or sell their part in {t} without harming others is unclear.

@ sd
k access to {t}
k {stem} inequality
n Unequal Access to {N}
n {N} Reach{es} New Groups
d {T} reach{es} some districts years before others.
d {Actors} now plan {t} from the places that were served last.
d {People} without savings or a fast connection are the last to benefit from {t}.
c offers for early adopters => offers that begin with those left out
c equal rules on paper => measures of who really takes part
y access to {t} could be treated as a basic service.
y the gap between places with and without {t} may show in health and income.
f Maps that make unequal coverage visible.
f Campaigns by {people} who were left out the first time.
s Who is left out is asked early and answered with figures by district.
s The benefits are real, the author notes, yet they arrive first where they are needed least.
cn Widening Gap
cn Exclusion of {PeopleN}
ct {T} may widen the distance between places that are well served and the rest.
ct {People} risk being served last, or not at all, as {t} spread{s}.
bn Helping Neighbours to Join
bn Sharing Access
bt {People} who already know {t} help others through the first steps.
bt {People} share one account or one device so that more can make use of {t}.
in Basic Access to {N}
in Coverage of {N}
it Whether {t} should be guaranteed to all is becoming a political question.
it No figures show who benefits from {t} and who does not.

@ sd
k {stem} data
k {stem} monitoring
n Measuring the Effect of {N}
n Data on {N} Become a Resource
d For the first time there are several years of figures on {t}.
d {Actors} share measurements of {t} in a common format.
d Data about {t} are collected by providers and rarely returned to {people}.
c success stories => comparable figures
c data held by providers => data returned to those who made them
y decisions on {t} may rest on shared, public figures.
y {people} could own the data that {t} produce{s} about them.
f Funders who ask for effects rather than activities.
f Cheap measurement that runs in the background.
s The novelty lies in the figures: several years of measurements, published with their gaps.
s The text is careful about its evidence, which comes from a handful of well-run sites.
cn Data Without Consent
cn Measuring the Wrong Thing
ct {T} leave{s} a trail of data about {people} that can be used against them.
ct What is easy to count about {t} may push aside what matters.
bn Keeping Own Records
bn Publishing Small Results
bt {People} note their own experience with {t} and compare it with official figures.
bt {Actors} put raw figures on {t} online, including those that disappoint.
in Ownership of Data From {N}
in Evidence Standards for {N}
it Rights over the data that {t} produce{s} are defined nowhere.
it Results on {t} cannot be compared, since each team measures in its own way.

@ sdr
k local rules for {t}
k {stem} permits
n Local Rules Decide on {N}
n Permits Slow Down {N}
d Two neighbouring towns treat {t} in opposite ways.
d {Actors} wait longer for a permit than for {t} as such.
d A model by-law for {t} is copied from town to town.
c case-by-case permits => a simple notification
c national plans => rules tried out locally first
y permission for {t} may take days and not years.
y local trials could be the usual first step before a national rule on {t}.
f Officials who look for precedents and find them next door.
f Deadlines that force an answer from the office.
s Permits, more than technology or money, set the pace in this account.
s A small local rule has travelled further than any national programme.
cn Patchwork of Rules
cn Permit Delays
ct Differing local rules on {t} leave {people} unsure what is allowed.
ct Long procedures favour large providers of {t}, who can afford to wait.
bn Trying First, Asking Later
bn Borrowing By-laws
bt {People} start {t} on a small scale before the rules are clear.
bt {Actors} copy paragraphs on {t} from towns that went first.
in Legal Status of {N}
in Speed of Permission for {N}
it {T} fall{s} between two laws that were written long before.
it Courts will have to say which office decides about {t}.

@ sdr
k {stem} pilots
k {stem} adoption
n {N} Between Pilot and Routine
n {N} Leave{s} the Trial Stage
d {T} {is} no longer described as a trial in the plans of {actors}.
d A second wave of adopters takes up {t} without special funding.
d {Actors} list {t} among ordinary services for the first time.
c small pilots => a line in the ordinary budget
c enthusiasts => a cautious majority
y {t} may be so ordinary that nobody writes about {them} any more.
y the question could be which alternatives to {t} are still offered.
f Results good enough to end the argument.
f Habits formed during a time of need that stayed afterwards.
s The tone is matter-of-fact: what was an experiment has become a line in the budget.
s A second wave of adopters, less patient than the first, now sets the terms.
cn Growth Before Proof
cn Loss of the Original Purpose
ct {T} may spread faster than anyone can show that {it} work{s}.
ct What made {t} valuable on a small scale may be lost on a large one.
bn Making It a Habit
bn Following Early Adopters
bt {People} take {t} for granted and no longer think of {them} as new.
bt {People} wait for a neighbour's verdict and then take up {t} quickly.
in Scaling Up {N}
in The End of Pilots
it What changes when {t} grow{s} from one district to a whole region is poorly understood.
it Funding rules still treat {t} as a trial long after the results are in.

@ sdr
k resistance to {t}
k {stem} backlash
n Quiet Resistance to {N}
n Pushback Against {N}
d {People} who were not asked organise against {t}.
d Petitions against {t} gather more names than those in favour.
d {Actors} underestimate how much {t} disturb{s} daily routines.
c silent acceptance => open argument before the decision
c protest afterwards => a say from the start
y plans for {t} that skip consultation may simply fail.
y a right to say no to {t} could be written into contracts.
f A sense that decisions are made elsewhere.
f Networks that turn a local complaint into a campaign.
s Resistance is taken seriously and described from the inside.
s Critics get a fair hearing, and some of their objections led to a better plan.
cn Polarised Debate on {N}
cn Decisions Without Consent
ct Disputes over {t} harden along lines that have little to do with the matter.
ct {People} feel that {t} {is} imposed on them and withdraw their goodwill.
bn Opting Out
bn Organising Objections
bt {People} look for ways to live without {t} and share them.
bt {People} collect objections to {t} and bring them to the meeting together.
in The Right to Refuse {N}
in Consent to {N}
it Alternatives for those who do not want {t} are disappearing.
it There is no agreed way to ask {people} about {t} before it is too late.

@ sd
k {stem} suppliers
k dependence on {stem} providers
n Few Suppliers Control {N}
n Independent Alternatives in {N}
d Three firms now provide most of what is needed for {t}.
d {Actors} look for a second source before they extend {t}.
d Open designs give {people} a way out of contracts around {t}.
c convenience from one provider => choice among several
c closed systems => open designs with many makers
y {t} could rest on open parts that any workshop can supply.
y the market for {t} may be split between two or three blocs.
f A supplier that left the market from one month to the next.
f Politics that turned a cheap source into a risk.
s The author asks who could switch it off, and finds a very short list of firms.
s Dependence on a handful of providers is the worry that runs through the text.
cn Dependence on Few Providers
cn Lock-in Around {N}
ct If one supplier fails, {t} stop{s} for everybody at once.
ct Contracts around {t} make it costly for {people} to change their mind.
bn Keeping a Second Option
bn Choosing Open Systems
bt {Actors} keep an older method alive in case {t} fail{s}.
bt {People} ask for export functions before they rely on {t}.
in Market Power in {N}
in Resilience of {N}
it Competition authorities have not looked at {t} yet.
it What happens to {people} when a provider of {t} disappears is not regulated.

@ D
k second-hand {t}
k {stem} recycling
n Second Life for {N}
n A Resale Market for {N}
d Used {t} now fetch a stable price, which changes the sums for {people}.
d Workshops take {t} apart and sell what is still good.
d {Actors} take back {t} after some years and pass {them} on.
c use and discard => a second and third owner
c new purchases only => a market for tested used goods
y more used than new {t} could be sold.
y {actors} may lease {t} and never give up ownership.
f Material prices that make taking apart worthwhile.
f Buyers who would rather have tested than new.
s A lively second-hand market has grown where nobody planned for one.
s The first generation is wearing out, and what happens to it next is the subject.
cn Waste From the First Generation
cn Unsafe Used Goods
ct The first generation of {t} reaches its end before recycling is ready.
ct Used {t} change hands without any check of their condition.
bn Buying Used
bn Mending at Home
bt {People} look for used {t} first and accept small faults.
bt {People} follow repair films and keep {t} going themselves.
in End of Life of {N}
in Material Loops for {N}
it There are no rules for taking back {t} at the end of their life.
it Valuable material in {t} is lost because nobody collects it.

@ rk
k {stem} side effects
k lessons from {t}
n Side Effects of {N}
n What {N} Change{s} Besides the Obvious
d {T} alter{s} habits that nobody had in mind at the start.
d {Actors} discover effects of {t} in places where they did not look.
d {People} report small changes around {t} that no plan mentions.
c a single aim => a list of effects, wanted and unwanted
c success measured once => effects followed over years
y the side effects of {t} may be better known than the aim.
y {t} could be judged by what {it} did to everyday habits.
f Long observation by people who stay in one place.
f Curiosity about what the first reports left out.
s The side effects turn out to be more interesting than the aim.
s The author lists what changed besides the obvious, and most of it was not planned.
cn Unwanted Side Effects
cn Early Praise for {N}
ct Effects of {t} outside the original plan are noticed late.
ct Praise for {t} rests on the first year, when everybody makes an effort.
bn Adjusting in Small Steps
bn Watching What Changes
bt {People} change one detail of {t} at a time and wait to see what happens.
bt {People} compare notes on what {t} {has} changed at home and at work.
in Long-Term Effects of {N}
in Learning From {N}
it Nobody follows the effects of {t} for longer than a project lasts.
it Experience with {t} is lost, since few write down what went wrong.

@ rk
k {stem} networks
k {stem} imitation
n {N} Travel{s} From Place to Place
n Imitators of {N} Adapt the Idea
d A visit by {actors} was enough for {t} to appear in another region.
d Each copy of {t} differs a little from the original.
d {People} learn about {t} from neighbours rather than from campaigns.
c single examples => a loose network of imitators
c national models => ideas passed on between towns
y versions of {t} could exist in most regions, each with its own habits.
y the origin of {t} may be forgotten while copies thrive.
f Personal visits that persuade more than any report.
f Networks of towns that exchange what works.
s The idea travels by visit and by rumour, and changes a little with every stop.
s A map of imitators shows how far the idea has spread without any campaign.
cn Copies Without Context
cn Loss of Local Character
ct Copies of {t} keep the name and lose what made the first example work.
ct {T} look{s} the same everywhere once manuals exist.
bn Visiting the Pioneers
bn Passing It On
bt {Actors} travel to see {t} before they plan something similar.
bt {People} who know {t} invite others to watch and to join.
in Exchange Between Places
in Adaptation of {N}
it Experience with {t} is passed on by chance, since no one is paid to do it.
it How far {t} can be changed and still work is an open question.

@ rk
k opinions on {t}
k {stem} debate
n Changing Minds About {N}
n {N} in Public Opinion
d {People} who opposed {t} two years ago now defend {them}.
d Support for {t} grows with age in some places and falls in others.
d {Actors} no longer have to explain {t} at every meeting.
c mockery => cautious respect
c a matter of belief => a matter of experience
y it may be hard to find anyone who remembers being against {t}.
y views on {t} could mark a line between generations.
f Personal experience that outweighs early opinions.
f Younger people for whom it was never new.
s Opinions changed in a way that neither side expected.
s The author asked the same people twice, two years apart, and the answers differ.
cn Shallow Support
cn Generational Divide Over {N}
ct Approval of {t} is broad but could vanish after one bad story.
ct Young and old judge {t} by experiences that they do not share.
bn Changing One's Mind in Public
bn Talking Across Generations
bt {People} say openly that they were wrong about {t}.
bt {People} of different ages discuss {t} at the same table.
in Public Mood on {N}
in Room for Disagreement
it Surveys on {t} ask too early, before people know {them} from experience.
it There are few places where {people} can disagree about {t} without a quarrel.

@ rk
k time for {t}
k {stem} participation
n Who Has Time for {N}
n Quiet Work Behind {N}
d {T} depend{s} on hours that do not appear in any budget.
d {People} with shifts or small children are rarely seen where {t} {is} discussed.
d {Actors} begin to pay those who keep {t} going.
c unpaid evenings => paid hours
c the same few faces => a rota that many can join
y work for {t} may be counted like other public service.
y most {people} could spend a few hours a month on {t}.
f Exhaustion among those who carried the first years.
f A wish to do something useful close to home.
s Behind the success stand unpaid hours, which the text counts with some care.
s Time, not money, is the scarce thing in this account.
cn Exhausted Organisers
cn The Usual Few
ct Those who keep {t} going give up after some years without relief.
ct {T} reflect{s} the views of people who have free evenings.
bn Giving an Evening a Month
bn Sharing the Load
bt {People} set one evening a month aside for {t}.
bt {People} divide the tasks around {t} so that nobody has to do them alone.
in Recognition of Unpaid Work
in Participation in {N}
it Hours given to {t} count neither as work nor towards a pension.
it It is unclear how {people} with little time can take part in {t}.

@ r
k {stem} loopholes
k {stem} enforcement
n Loopholes in {N}
n Enforcement of {N} Begins
d Exceptions to {t} grow faster than the rule.
d {Actors} check for the first time whether {t} {is} kept.
d {People} learn quickly where {t} end{s} and where an exception begins.
c a rule on paper => checks with consequences
c broad exceptions => few and published ones
y {t} may be enforced without anybody noticing.
y the list of exceptions to {t} could be longer than the text.
f A first penalty that was reported everywhere.
f Competitors who point out each other's exceptions.
s Most of the article is about exceptions, and about those who live from them.
s The rule is simple and its enforcement is not, as three cases show.
cn Rules Without Checks
cn Unequal Enforcement
ct Without checks, {t} reward{s} those who ignore {them}.
ct Large players find ways around {t} that {people} cannot afford.
bn Testing the Limits
bn Reporting Breaches
bt {People} try how far {t} can be stretched before anyone objects.
bt {People} report it when others ignore {t}.
in Capacity to Enforce {N}
in Exceptions to {N}
it The office that should supervise {t} has no staff for the task.
it Exceptions to {t} are granted without being published.

@ r
k {stem} evaluation
k {stem} results
n First Results of {N}
n Evidence on {N} Arrives
d The first evaluation of {t} contradicts both friends and critics.
d {Actors} compare districts with and without {t}.
d {People} judge {t} by one bad day, while reports look at averages.
c promises => results that can be read
c one pilot => comparison across districts
y decisions on {t} may rest on ten years of comparison.
y {t} could be kept, changed or dropped by the evidence.
f Evaluations that were written into the decision.
f Data that are released by default.
s The first evaluation pleases neither side, which the author takes as a good sign.
s The careful comparison of districts is the strongest part of the text.
cn Evidence Ignored
cn Results Too Late
ct Findings on {t} are quoted when they fit and forgotten when they do not.
ct Evaluations of {t} appear after the next decision has been taken.
bn Reading the Evaluation
bn Comparing Districts
bt {People} read the report on {t} for themselves and discuss it.
bt {People} look at how {t} work{s} next door before they vote.
in Independent Evaluation of {N}
in Time Limits for {N}
it Those who decided on {t} also pay for {its} evaluation.
it Few rules such as {t} carry a date on which they end unless renewed.

@ k
k {stem} market
k commercial {t}
n Brands Discover {N}
n {N} Between Hobby and Business
d Sponsors arrive where {t} used to run without money.
d {Actors} sell courses and kits around {t}.
d Some {people} leave {t} as soon as tickets are sold.
c a pastime => a market with prices
c free evenings => tickets and sponsors
y {t} may have a commercial and a quiet branch.
y {people} could make a modest living from {t}.
f Advertisers in search of attention that feels honest.
f People who would like to live from what they love.
s Sponsors have noticed, and the author describes the unease that follows.
s Between hobby and business lies a narrow strip, and the text is set there.
cn Commercial Capture
cn Rising Prices Around {N}
ct Sponsors may turn {t} into a backdrop for advertising.
ct Once {t} become{s} fashionable, those who began can no longer afford to take part.
bn Staying Small on Purpose
bn Earning a Little
bt {People} limit the size of {t} so that everyone still knows each other.
bt {People} accept small payments for {t} and keep their other job.
in Independence of {N}
in Livelihoods From {N}
it How {t} can be paid for without losing {its} character is much discussed.
it Income from {t} is too small for a living and too large for a hobby.

@ k
k places for {t}
k {stem} venues
n Rooms and Places for {N}
n {N} Bring{s} Life to Empty Rooms
d {T} appear{s} in rooms that had stood empty.
d {Actors} lend rooms for {t} at no charge.
d {People} travel further for {t} than they do for shops.
c meetings on a screen => meetings in a room
c empty rooms => places with a weekly rhythm
y {t} may be a reason to keep public rooms open.
y {people} could find {t} within walking distance.
f A wish for company without an occasion.
f Empty rooms that cost their owners money.
s A borrowed room and a fixed evening seem to be all that is needed.
s The text is as much about rooms as about what happens in them.
cn Loss of Meeting Places
cn Dependence on Goodwill
ct {T} vanish{es} when the room is sold or the rent goes up.
ct One new owner can end {t} in a whole district.
bn Meeting on a Fixed Evening
bn Opening Private Rooms
bt {People} meet for {t} on the same evening every week.
bt {People} open kitchens and workshops for {t}.
in Public Rooms
in Places for {N}
it Public rooms that could host {t} are closed in the evening.
it Planning law has no word for the places where {t} happen{s}.

@ k
k newcomers to {t}
k young {stem} audiences
n A Younger Crowd for {N}
n Newcomers Change {N}
d Half of those who take up {t} are new to {them}.
d {People} come to {t} through short films.
d {Actors} make room for beginners in {t}.
c an ageing circle => a mixed crowd
c strict entry => an open door
y {t} may belong to those who are children today.
y beginners could outnumber the experienced in {t}.
f Short films that make beginners curious.
f A generation that looks for slow and shared things.
s Newcomers set the tone, to the joy of some and the regret of others.
s The surprise is the age of those who join, most of them under thirty.
cn Fashion That Passes
cn Clash of Old and New
ct Interest in {t} may drop as fast as it came.
ct Long-standing members feel that newcomers change {t} beyond recognition.
bn Starting as a Beginner
bn Mentoring Newcomers
bt {People} try {t} without any preparation and come back.
bt Experienced hands take newcomers along and explain {t} by doing.
in Renewal of {N}
in Passing on Knowledge
it It is unclear whether those who discover {t} today will stay.
it What the experienced know about {t} is written down nowhere.

@ p
k {stem} early warning
k {stem} forecasting
n Early Warning of {N}
n Forecasts for {N} Become Local
d {Actors} test local warnings for {t} that come days before official ones.
d Simple indicators let {people} see {t} coming.
d Warnings about {t} reach more {people} by neighbours than by apps.
c reports after the fact => warnings some days ahead
c national bulletins => advice for a single street
y warnings about {t} may be as common as weather reports.
y {people} could plan their week around forecasts of {t}.
f Data that used to be deleted and are now read at once.
f A costly surprise that nobody wants to repeat.
s Warning signs were there early, the text says, but nobody was paid to read them.
s A modest warning service gets more attention here than the event that led to it.
cn Warning Fatigue
cn Missed Signs of {N}
ct Too many alerts about {t} teach {people} to ignore them.
ct Signs of {t} are seen by many and reported by nobody.
bn Watching for Signs
bn Passing on Warnings
bt {People} keep an eye on early signs of {t} and tell each other.
bt {People} call each other as soon as {t} {is} in the news.
in Duty to Warn
in Local Forecasts of {N}
it Who must warn {people} about {t}, and who is liable for a false alarm, is open.
it Forecasts of {t} exist in private hands and are not shared.

@ p
k cost of {t}
k {stem} losses
n Hidden Costs of {N}
n {N} Enter{s} the Balance Sheet
d {Actors} begin to put a yearly figure on {t}.
d The cost of {t} is carried by {people} and appears in no account.
d Losses from {t} are now named in annual reports.
c a nuisance nobody counts => a figure in the accounts
c losses carried in private => costs that are shared
y every large organisation may publish what {t} cost{s} it.
y losses from {t} could be covered by a common fund.
f Accountants who are asked for a number.
f Claims that have become too large to settle quietly.
s Once somebody put a figure on the loss, the discussion changed within weeks.
s Most of the cost falls on people who appear in no account, as the author shows with diaries.
cn Underestimated Losses
cn Costs Passed Down
ct Official figures leave out most of what {t} cost{s} {people}.
ct {Actors} pass the cost of {t} on to those least able to carry it.
bn Counting Losses
bn Saving for a Bad Month
bt {People} keep receipts and diaries to show what {t} cost{s} them.
bt {People} put money aside because of {t}.
in Accounting for {N}
in Who Pays for {N}
it There is no agreed method to put a price on {t}.
it Compensation for {t} reaches those with papers and lawyers first.

@ p
k exposure to {t}
k {stem} inequality
n Uneven Exposure to {N}
n Who Is Hit First by {N}
d {T} {is} felt first by {people}, long before it shows in averages.
d Maps show {t} gathering in the same few districts.
d {Actors} see {t} mostly in places with the fewest services.
c average figures => maps of who is hit
c help for those who ask => help where the need is greatest
y protection from {t} may depend on the postcode.
y help against {t} could follow need rather than applications.
f Figures by district that can no longer be denied.
f Groups of {people} who compare notes.
s Averages hide the point: the same few districts appear on every map.
s Those who are hit first have the least time to speak about it, so the author went to them.
cn Unequal Burden
cn Invisible Victims of {N}
ct {T} weigh{s} most on {people} who have the least room to adapt.
ct Those hit hardest by {t} do not appear in the statistics.
bn Moving Away
bn Helping the Most Exposed
bt {People} change route, job or home to avoid {t}.
bt Neighbours check on those for whom {t} {is} most dangerous.
in Mapping {N}
in Fair Protection From {N}
it Publishing where {t} hit{s} hardest may help residents and lower the value of their homes.
it Support against {t} is not designed around {people}.

@ p
k liability for {t}
k {stem} law
n Liability for {N}
n Courts Take Up {N}
d A first ruling says who has to answer for {t}.
d {Actors} ask lawyers about {t} before they ask engineers.
d Claims over {t} are brought by groups rather than single persons.
c bad luck => a matter of responsibility
c private complaints => joint claims in court
y case law on {t} could be as dense as that on road traffic.
y {actors} may have to prove that they tried to prevent {t}.
f A first judgment that others can quote.
f Insurers that refuse to pay without a clear rule.
s A court has to decide what used to be called bad luck.
s The legal question is narrow, yet its answer would reach far beyond the case.
cn Legal Limbo Around {N}
cn Defensive Behaviour
ct Until courts decide, {people} carry the consequences of {t} alone.
ct Fear of claims over {t} leads {actors} to withdraw services.
bn Documenting Everything
bn Filing Joint Claims
bt {People} photograph and date what {t} do{es} to them.
bt {People} join others affected by {t} before they hire a lawyer.
in Responsibility for {N}
in Burden of Proof
it The law knows no one who is responsible for {t}.
it It is for {people} to prove harm from {t}, although the data are elsewhere.

@ p
k living with {t}
k {stem} adaptation
n Adapting Daily Life to {N}
n Local Answers to {N}
d {People} change their routines because of {t}, without waiting for a plan.
d Small local measures against {t} spread by imitation.
d {Actors} plan for {t} as a normal state and no longer as an exception.
c waiting for it to pass => planning as if it stays
c emergency measures => ordinary routines
y routines built around {t} may feel as normal as locking a door.
y adaptation to {t} could be taught in schools.
f Repeated experience that outweighs any forecast.
f Neighbours whose small measures visibly work.
s The interest lies in small routines that people have built without a plan.
s Adaptation has begun quietly, from below, and the author lists what it looks like.
cn Getting Used to {N}
cn Makeshift Solutions
ct What is normal today would have been a scandal before {t}.
ct Home-made answers to {t} may move the harm to somebody else.
bn Changing Routines
bn Sharing Practical Tips
bt {People} shift errands and working hours because of {t}.
bt Tips for coping with {t} travel through local groups.
in Limits of Adaptation
in Normalisation of {N}
it Where adaptation to {t} ends and surrender begins is rarely discussed.
it Plans assume that {t} will pass, although {people} no longer do.

@ p
k {stem} statistics
k measuring {t}
n Counting {N}
n Better Figures on {N}
d Official numbers on {t} differ by a factor of three between sources.
d {People} gather their own figures on {t}.
d {Actors} agree on one definition of {t} so that counts can be compared.
c scattered anecdotes => a common count
c yearly estimates => weekly figures
y figures on {t} may be published weekly, like prices.
y a shared definition of {t} could end an old dispute.
f Disputes that could not be settled without numbers.
f Volunteers who count what offices do not.
s Nobody knows the true extent, and the author explains with care why that is.
s Rival figures are laid side by side, and the definition turns out to matter most.
cn Poor Data on {N}
cn Misleading Averages
ct Policies against {t} rest on figures that nobody trusts.
ct Averages make {t} look mild where {it} {is} severe.
bn Counting Together
bn Doubting Official Figures
bt {People} log each case of {t} on a shared map.
bt {People} trust local counts of {t} over national ones.
in Definition of {N}
in Open Figures on {N}
it What counts as {t} is defined differently by each office.
it Figures on {t} are collected by those who have an interest in low numbers.

@ p
k services against {t}
k {stem} start-ups
n A Market Grows Around {N}
n Services That Promise Relief From {N}
d New firms offer {people} protection from {t} for a monthly fee.
d {Actors} buy services against {t} that did not exist two years ago.
d Advice on {t} has become a product.
c self-help => paid protection
c free advice => a market with good and bad offers
y protection from {t} could be bundled with ordinary contracts.
y the market around {t} may be larger than the damage.
f Fear that is easy to sell to.
f Public services that answer too slowly.
s A market has formed around the problem, with serious offers beside dubious ones.
s The author tries several paid services and finds one of them worth its fee.
cn Profiting From Fear
cn Protection for Those Who Pay
ct Sellers exaggerate {t} in order to sell a remedy.
ct Protection from {t} turns into something {people} must be able to afford.
bn Paying for Peace of Mind
bn Testing Offers Together
bt {People} subscribe to services that promise relief from {t}.
bt {People} review remedies against {t} for each other.
in Oversight of Remedies
in Public Help Against {N}
it Claims about remedies for {t} are not checked by anyone.
it Whether protection from {t} should be a public task is disputed.

@ p
k {stem} awareness
k public debate on {t}
n A New Vocabulary for {N}
n Talking Openly About {N}
d {People} now have a word for {t} and use it.
d {Actors} explain {t} in plain language for the first time.
d Personal accounts of {t} draw more readers than expert reports.
c a private worry => a shared subject
c expert language => words that everybody uses
y {t} may be discussed at the kitchen table like the price of bread.
y schools could treat {t} as a normal subject.
f Personal stories that travel further than reports.
f A word that gave shape to a common experience.
s Finding a name for it helped people to see that they were not alone.
s The text collects voices rather than figures and lets them disagree.
cn Sensational Coverage
cn Silence Around {N}
ct Loud reports on {t} crowd out what would help.
ct Shame keeps {people} from speaking about {t}.
bn Telling Personal Stories
bn Seeking Others in the Same Place
bt {People} describe their experience of {t} in public.
bt {People} look for others who know {t} from experience.
in Public Understanding of {N}
in Language for {N}
it How {t} {is} described decides who feels responsible.
it Debate on {t} swings between alarm and boredom.
"""

TOWN_HEADS = (
    "Alder", "Ashel", "Brack", "Carn", "Dun", "Elling", "Fenner", "Gar", "Hollow", "Imber", "Kessel",
    "Langer", "Marl", "Norrin", "Oster", "Pell", "Quarr", "Raven", "Salt", "Tarn", "Ulver", "Varn",
    "Westrin", "Yarrow", "Birken", "Corran", "Drum", "Esk",
)  # fmt: skip
TOWN_TAILS = (
    "bay", "bridge", "brook", "dale", "ferry", "field", "ford", "gate", "haven", "holm", "mere",
    "mouth", "ness", "stead", "stow", "wick",
)  # fmt: skip
ORG_HEADS = (
    "Abendroth", "Bellweather", "Castellane", "Dunmore", "Eskola", "Farrow", "Grønvik", "Hallam",
    "Ilesanmi", "Jarrold", "Korhonen", "Lindqvist", "Marchetti", "Nakagawa", "Okonjo", "Penhallow",
    "Quintela", "Rasmus", "Sandoval", "Thackeray", "Ueda", "Vasquez", "Winterbourne", "Zielinski",
)  # fmt: skip
ORG_TAILS = ("Institute", "Foundation", "Observatory", "Lab", "Centre", "Trust", "Forum", "Collective")

# Host and the fields it writes about; an empty tuple is a general title.
SITES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the-harbour-review.example", ()),
    ("morning-ledger.example", ()),
    ("civic-lantern.example", ()),
    ("northern-dispatch.example", ()),
    ("tidal-notes.substack.example", ()),
    ("wattwise.example", ("home energy", "space and matter", "computing infrastructure")),
    ("warm-house.substack.example", ("home energy", "housing")),
    ("delta-and-dike.example", ("water and weather", "land and sea")),
    ("hedgerow-quarterly.example", ("land and sea", "farming and food")),
    ("plate-and-plough.example", ("farming and food",)),
    ("ward-round.example", ("medicine", "mind and ageing")),
    ("second-spring.substack.example", ("mind and ageing",)),
    ("gradient-post.example", ("machine intelligence", "computing infrastructure")),
    ("weights-and-biscuits.substack.example", ("machine intelligence",)),
    ("rackspace-diaries.blog.example", ("computing infrastructure", "fraud and security")),
    ("locksmith-weekly.example", ("fraud and security",)),
    ("clock-out.substack.example", ("work",)),
    ("counter-and-till.example", ("money and trade", "work")),
    ("kerbside.example", ("streets", "housing")),
    ("spare-room.blog.example", ("housing", "mind and ageing")),
    ("chalk-and-cloud.example", ("schools", "research")),
    ("open-bench.example", ("research", "space and matter")),
    ("orbit-and-ore.substack.example", ("space and matter", "conflict and borders")),
    ("below-the-fold.example", ("media", "public life")),
    ("attic-stage.example", ("arts and play", "media")),
    ("paragraph-nine.example", ("public life", "fraud and security")),
    ("strait-watch.example", ("conflict and borders",)),
)
TITLES = (
    "{angle}",
    "{angle}: Lessons From {town}",
    "{angle} in {town}",
    "What {town} Learned From {N}",
    "{N} in {town}: What Comes After the First Year",
    "How {ActorsN} Think About {N}",
    "A Field Guide to {N} From {town}",
    "{N} and the People Who Make Do in {town}",
    "The Quiet Politics of {N} in {town}",
    "{N} Beyond the Headlines: Notes From {town}",
    "Inside {town}: {angle}",
    "Rethinking {N} With {PeopleN}",
    "Five Questions About {N} in {town}",
    "Why {PeopleN} Care About {N}",
    "{N}, Seen From {town}",
    "{angle}, Five Years On",
    "After the Hype: {angle}",
    "{town} Takes Stock: {angle}",
)
OPENINGS = {
    "s": (
        "The article follows {actors} who work with {t}, {gloss}, {setting}.",
        "{T}, {gloss}, {is} the subject of this report on {people} and {actors}.",
        "{Setting}, {actors} have spent two years with {t}, {gloss}, and this article sums up what they saw.",
        "This piece explains how {t}, {gloss}, moved from the margins into the plans of {actors}.",
        "What {people} make of {t}, {gloss}, is the question behind this article.",
        "The author visits {people} {setting} to see what {t}, {gloss}, change{s} in daily life.",
        "{Actors} are arguing about {t}, {gloss}, and the article lays out both sides.",
        "This essay treats {t}, {gloss}, as a test of how {actors} learn.",
    ),
    "p": (
        "The article describes {t}, {gloss}, as {people} meet {them} {setting}.",
        "{T}, {gloss}, {is} the subject of this report from {people} and {actors}.",
        "{Setting}, {people} have lived with {t}, {gloss}, for years, and this article asks what follows.",
        "This piece explains why {t}, {gloss}, {has} become a concern for {actors}.",
        "How {people} cope with {t}, {gloss}, is the question behind this article.",
        "The author visits {people} {setting} to see what {t}, {gloss}, mean{s} in daily life.",
        "{Actors} disagree about {t}, {gloss}, and the article lays out why.",
        "This essay reads {t}, {gloss}, as a sign of how slowly {actors} react.",
    ),
}
EVIDENCE = {
    "s": (
        "In {town}, {actors} opened their books to the {org}, which found costs {n} per cent below the plan.",
        "According to the {org}, {n} of the places studied, among them {town}, would do the same again.",
        "In {town}, the {org} counted {n} times as many takers as in the first year.",
        "The {org} has followed {town} for {n} years and publishes what failed beside what worked.",
        "{town} began with {n} volunteers and a loan, according to notes kept by the {org}.",
        "A survey by the {org} in {town} found that {n} in ten {people} would recommend {t} to a friend.",
        "Interviews by the {org} with {people} in {town} bring out details that official reports leave out.",
        "The example of {town} takes up most of the space, with comments from the {org}.",
        "Researchers at the {org} spent {n} months in {town} and came back with more questions than answers.",
        "{town} serves as the main case, since {actors} there kept a diary of every decision.",
        "The {org} compared {town} with {n} other places and found that size mattered less than patience.",
    ),
    "r": (
        "The {org} has followed {town} for {n} years and publishes what failed beside what worked.",
        "A survey by the {org} in {town} found that {n} in ten {people} had an opinion on {t}.",
        "Interviews by the {org} with {people} in {town} bring out details that official reports leave out.",
        "The example of {town} takes up most of the space, with comments from the {org}.",
        "Researchers at the {org} spent {n} months in {town} and came back with more questions than answers.",
        "{town} serves as the main case, since {actors} there kept a diary of every decision.",
        "The {org} compared {town} with {n} other places and found that size mattered less than patience.",
        "In {town}, {n} meetings were enough to change the mood, according to notes kept by the {org}.",
    ),
    "p": (
        "A survey by the {org} in {town} found that {n} in ten {people} had dealt with {t} within a year.",
        "Figures collected by the {org} show {n} times as many reports from {town} as five years before.",
        "In {town}, {n} public meetings were needed before anybody wrote the problem down, the {org} notes.",
        "Interviews by the {org} with {people} in {town} bring out details that official reports leave out.",
        "The example of {town} takes up most of the space, with comments from the {org}.",
        "Researchers at the {org} spent {n} months in {town} and came back with more questions than answers.",
        "{town} serves as the main case, since {people} there kept a diary for {n} months.",
        "The {org} compared {town} with {n} other places and found that preparation mattered more than size.",
    ),
}
SECOND = (
    "A second thread concerns {t}, {gloss}.",
    "The same pattern shows with {t}, {gloss}.",
    "The text also touches on {t}, {gloss}, which raise{s} similar questions.",
    "On the way the reader learns about {t}, {gloss}.",
    "A sidebar is about {t}, {gloss}.",
)
CONTEXT = (
    "{T} {is} mentioned as a parallel, where change came faster than the rules.",
    "A comparison with {t} helps to see what is new and what is not.",
    "{T} form{s} the background of the discussion.",
    "Several of the people quoted came to the subject through {t}.",
    "The author warns against treating it apart from {t}.",
)
WIDER = (
    "The author places this in the wider debate about {theme}.",
    "Behind the single case stands the larger question of {theme}.",
    "Readers interested in {theme} will find useful material here.",
    "The link to {theme} is made explicit near the end.",
)
CLOSINGS = (
    "The article ends with an open question about who will pay for the next stage.",
    "It closes with three modest suggestions, none of which needs a new law.",
    "The conclusion is cautious: the direction seems clear, the pace does not.",
    "Whether the example can be copied elsewhere is left to the reader.",
    "The last section lists what to watch over the coming year.",
    "In the end, the author trusts slow and visible progress more than bold plans.",
    "A short note on the limits of the evidence completes the text.",
    "The final paragraphs give the word to those who disagree.",
)
TECH_OF_TOPIC = (
    "{Gloss}, used by {actors} {setting}.",
    "{Gloss}, now within reach of {people}.",
    "{Gloss}, tried out by {actors} at ordinary prices.",
)
GENERAL_TECH = (
    "Low-power sensors: Sensors that run for years on a coin cell and report a few times a day.",
    "Open data portals: Public pages from which anybody can download the figures behind a decision.",
    "Group messaging channels: Closed channels in which neighbours and colleagues share what they see.",
    "Booking platforms: Simple platforms that share scarce places among many users.",
    "Digital maps: Maps that join public records with observations sent in by residents.",
    "Document scanners: Phone scanners that turn paper files into searchable records.",
)
