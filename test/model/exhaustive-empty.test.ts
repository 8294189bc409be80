import { testScene } from './explore-scene.ts';

testScene({ start: 'empty', jobs: ['tick', 'tick'] });
